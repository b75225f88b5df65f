import type { Schema } from "../../api/client";
import type { Tone } from "../../ui/Status";
import type { Run } from "./queries";

/** The dot and the word for how a run stands. */
export const runWords: Record<Run["state"], { tone: Tone; word: string; means: string }> = {
  reading: { tone: "accent", word: "reading", means: "Under way; nothing is changed until it is complete." },
  applied: { tone: "ok", word: "applied", means: "Complete and counted; what is shown comes from it." },
  previewed: { tone: "neutral", word: "previewed", means: "Complete, and not applied on purpose." },
  held: {
    tone: "warn",
    word: "held",
    means: "Complete, but it would take away so much that someone has to look first.",
  },
  released: { tone: "ok", word: "released", means: "Was held; someone decided that it may be applied." },
  partial: {
    tone: "warn",
    word: "partial",
    means: "The directory did not finish its answer; nothing was applied.",
  },
  cancelled: { tone: "none", word: "cancelled", means: "Stopped by an operator; nothing was applied." },
  interrupted: {
    tone: "warn",
    word: "interrupted",
    means: "Gatehouse ended in the middle; nothing was applied.",
  },
  overtaken: {
    tone: "none",
    word: "overtaken",
    means: "Was held, and a newer run came; it cannot be applied any more.",
  },
};

/** The nouns of a change, for one and for many. */
export const nounWords: Record<Schema<"Change">["noun"], { one: string; many: string }> = {
  account: { one: "account", many: "accounts" },
  group: { one: "group", many: "groups" },
  membership: { one: "membership", many: "memberships" },
  unresolved: { one: "unresolved member", many: "unresolved members" },
};

/** A span of time in words: "45 ms", "1.8 s", "2 min 5 s". */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** How long a run took. */
export function durationText(startedAt: string, endedAt: string): string {
  return spanText(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
}
