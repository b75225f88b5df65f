import type { Schema } from "../../api/client";

export type Item = Schema<"ReviewItem">;
export type Verdict = Item["verdict"];
export type Arithmetic = Schema<"Arithmetic">;

/** A decision a reviewer can take, with the key that takes it. */
export interface Act {
  verdict: Exclude<Verdict, "undecided">;
  label: string;
  key: string;
}

/** The six decisions, in the order of the buttons. */
export const acts: Act[] = [
  { verdict: "keep", label: "Keep", key: "k" },
  { verdict: "revoke", label: "Revoke", key: "r" },
  { verdict: "modify", label: "Modify", key: "m" },
  { verdict: "exception", label: "Exception", key: "e" },
  { verdict: "defer", label: "Defer", key: "d" },
  { verdict: "dontKnow", label: "Don’t know", key: "u" },
];

const words: Record<Verdict, string> = {
  undecided: "undecided",
  keep: "keep",
  revoke: "revoke",
  modify: "modify",
  exception: "exception",
  defer: "deferred",
  dontKnow: "don’t know",
};

/** A verdict in a word; one of a newer server as it is spelled. */
export function verdictWord(verdict: string): string {
  return words[verdict as Verdict] ?? verdict;
}

/** The parts of a campaign's items, in the order of its bar. */
export const parts: { verdict: Verdict; of: keyof Arithmetic & string }[] = [
  { verdict: "keep", of: "keep" },
  { verdict: "revoke", of: "revoke" },
  { verdict: "modify", of: "modify" },
  { verdict: "exception", of: "exception" },
  { verdict: "defer", of: "deferred" },
  { verdict: "dontKnow", of: "dontKnow" },
  { verdict: "undecided", of: "undecided" },
];

/** Items that have a decision of any kind. */
export function decidedOf(sums: Arithmetic): number {
  return sums.inScope - sums.undecided;
}

/** Those of some items that have a decision: only they have one to withdraw. */
export function decidedAmong(items: readonly Item[]): Item[] {
  return items.filter((each) => each.verdict !== "undecided");
}

/** Whether a verdict is taken only with a reason. */
export function needsReason(verdict: Verdict): boolean {
  return verdict !== "keep" && verdict !== "dontKnow" && verdict !== "undecided";
}

// A reason has three letters or digits at least.
function says(text: string): boolean {
  return (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 3;
}

/** What a reviewer is about to record. */
export interface Draft {
  verdict?: Verdict;
  reason: string;
  /** Last day of an exception, "2026-06-30". */
  until: string;
  /**
   * The newest decision of each item as it stood when this was begun: what is recorded names it, so that a decision
   * made meanwhile is not passed over.
   */
  seen: Record<number, number>;
}

export const emptyDraft: Draft = { reason: "", until: "", seen: {} };

/** Why a draft cannot be recorded yet; undefined if it can. */
export function draftGap(draft: Draft, decidingAs: string | undefined, now: Date): string | undefined {
  if (!draft.verdict) return "Choose a decision.";
  if (!decidingAs) return "Choose who decides.";
  if (needsReason(draft.verdict) && !says(draft.reason)) return "Give the reason.";
  if (draft.verdict === "exception") {
    if (!draft.until) return "Say until when the exception lasts.";
    if (draft.until < firstEnd(now)) return "The exception has to end after today.";
  }
  return undefined;
}

/** The first day on which an exception can end: tomorrow. */
export function firstEnd(now: Date): string {
  const day = new Date(now);
  day.setDate(day.getDate() + 1);
  return dayOf(day);
}

const two = (n: number) => String(n).padStart(2, "0");

/** A day of the local calendar as a date field holds it. */
export function dayOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The last moment of a day in local time. */
export function endOfDay(day: string): Date {
  return new Date(`${day}T23:59:59`);
}

/** The draft with another verdict, begun with these items as they are on the page now. */
export function withVerdict(draft: Draft, verdict: Verdict, items: readonly Item[]): Draft {
  const seen = { ...draft.seen };
  for (const { item, decision } of items) seen[item] ??= decision;
  return { ...draft, verdict, seen };
}

/** The items of a request, each with the decision the reviewer saw. */
export function itemsSeen(draft: Draft, items: readonly Item[]): Schema<"ItemSeen">[] {
  return items.map(({ item, decision }) => ({ item, decision: draft.seen[item] ?? decision }));
}

/** What selected items have in common, for the bulk bar; undefined if nothing worth a word. */
export function shared(items: readonly Item[]): { words: string; path?: string[] } | undefined {
  const [first, ...rest] = items;
  if (!first || rest.length === 0) return undefined;
  const steps = items.map((each) => each.path.slice(0, -1).map((step) => step.name));
  const path: string[] = [];
  for (let back = 1; ; back++) {
    const name = steps[0]?.at(-back);
    if (name === undefined || steps.some((each) => each.at(-back) !== name)) break;
    path.unshift(name);
  }
  const sameGroup = rest.every((each) => each.group.id === first.group.id);
  if (sameGroup && path.length > 0) return { words: "all by", path };
  const direct = items.every((each) => each.basis !== "effective");
  if (sameGroup) return { words: `all ${direct ? "direct " : ""}in ${first.group.name}` };
  const person = first.identity?.id;
  if (person && rest.every((each) => each.identity?.id === person))
    return { words: `all of ${first.identity?.name}` };
  return direct ? { words: "all direct" } : undefined;
}
