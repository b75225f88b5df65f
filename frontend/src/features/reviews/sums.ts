import { countText } from "../../lib/number";
import type { Arithmetic, Verdict } from "./verdicts";

/** One term of a sum, with the items it counts where the campaign's page can list them. */
export interface Term {
  label: string;
  value: number;
  verdict?: Verdict | "decided";
  removals?: "removed" | "alreadyGone";
  excluded?: boolean;
}

/** An equation that has to hold: the total equals its terms. */
interface Sum {
  total: Term;
  terms: Term[];
  holds: boolean;
}

function sum(total: Term, terms: Term[]): Sum {
  return { total, terms, holds: terms.reduce((all, term) => all + term.value, 0) === total.value };
}

/** The arithmetic of a campaign, every term with its number, zeros too. */
export function sumsOf(a: Arithmetic): Sum[] {
  return [
    sum({ label: "read", value: a.read }, [
      { label: "in scope", value: a.inScope },
      { label: "excluded", value: a.excluded, excluded: true },
    ]),
    sum({ label: "in scope", value: a.inScope }, [
      { label: "keep", value: a.keep, verdict: "keep" },
      { label: "revoke", value: a.revoke, verdict: "revoke" },
      { label: "modify", value: a.modify, verdict: "modify" },
      { label: "exception", value: a.exception, verdict: "exception" },
      { label: "deferred", value: a.deferred, verdict: "defer" },
      { label: "don’t know", value: a.dontKnow, verdict: "dontKnow" },
      { label: "undecided", value: a.undecided, verdict: "undecided" },
    ]),
    sum({ label: "revoke", value: a.revoke, verdict: "revoke" }, [
      { label: "removed and proven", value: a.removed, removals: "removed" },
      { label: "already gone", value: a.alreadyGone, removals: "alreadyGone" },
      { label: "open", value: a.open },
      { label: "refused", value: a.refused },
    ]),
  ];
}

/** What keeps a campaign from being complete, in words; undefined if nothing does. */
export function incomplete(a: Arithmetic): string | undefined {
  const parts = [
    a.undecided > 0 && `${countText(a.undecided)} undecided`,
    a.deferred > 0 && `${countText(a.deferred)} deferred`,
    a.dontKnow > 0 && `${countText(a.dontKnow)} don’t know`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : undefined;
}
