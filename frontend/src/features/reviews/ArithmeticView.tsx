import { countText } from "../../lib/number";
import { Icon } from "../../ui/Icon";
import { NumberLink } from "../../ui/Links";
import { sumsOf, type Term } from "./sums";
import type { Arithmetic } from "./verdicts";

/** The equations of a campaign, every term with its number, each checked. Without an id nothing is linked. */
export function ArithmeticView({ sums, id }: { sums: Arithmetic; id?: string }) {
  return (
    <ul className="equations" aria-label="Arithmetic">
      {sumsOf(sums).map(({ total, terms, holds }) => (
        <li key={total.label}>
          <span className="term total">
            <TermNumber term={total} id={id} />
            <small>{total.label}</small>
          </span>
          {terms.map((term, at) => (
            <span key={term.label} className="row">
              <i aria-hidden="true">{at === 0 ? "=" : "+"}</i>
              <span className="term">
                <TermNumber term={term} id={id} />
                <small>{term.label}</small>
              </span>
            </span>
          ))}
          {holds ? (
            <span className="holds c-ok">
              <Icon name="check" className="s" /> adds up
            </span>
          ) : (
            <span className="holds c-danger">
              <Icon name="warning" className="s" /> does not add up
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function TermNumber({ term, id }: { term: Term; id: string | undefined }) {
  const search = {
    reviewer: "all",
    ...(term.verdict && { verdict: term.verdict }),
    ...(term.removals && { tab: "removals", state: term.removals }),
    ...(term.excluded && { excluded: "yes" }),
  };
  const leads = id && (term.verdict || term.removals || term.excluded);
  return leads ? (
    <NumberLink value={term.value} to={`/reviews/${id}`} search={search} label={term.label} />
  ) : (
    <span className={term.value === 0 ? "t3" : undefined}>{countText(term.value)}</span>
  );
}
