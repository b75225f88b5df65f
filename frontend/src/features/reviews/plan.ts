import type { Schema } from "../../api/client";
import type { Ref } from "../../lib/entity";
import { dayOf, endOfDay } from "./verdicts";

export type Plan = Schema<"ReviewPlan">;
export type Rule = Schema<"Exclusion">["rule"];
export type ReviewerKind = Schema<"ReviewerRule">["kind"];

/** The rules by which grants can be left out, in words. */
export const exclusionRules: { rule: Rule; label: string; one: string }[] = [
  { rule: "serviceAccounts", label: "Service accounts", one: "service accounts" },
  { rule: "sharedAccounts", label: "Shared accounts", one: "shared accounts" },
  { rule: "disabledAccounts", label: "Disabled accounts", one: "disabled accounts" },
  { rule: "nestedGroups", label: "Groups that are members", one: "groups that are members" },
  { rule: "unresolvedMembers", label: "Unresolved members", one: "unresolved members" },
];

/** An exclusion rule in words. */
export function ruleWords(rule: string): string {
  return exclusionRules.find((each) => each.rule === rule)?.one ?? rule;
}

/** A campaign in the making. */
export interface Draft {
  name: string;
  by: "groups" | "filter";
  groups: Ref[];
  privileged: boolean;
  source: string;
  words: string;
  effective: boolean;
  exclude: { rule: Rule; reason: string }[];
  kind: ReviewerKind;
  named: Ref[];
  fallback: Ref | undefined;
  /** "2026-03-20" */
  due: string;
  sourceReason: string;
}

/** Where a new campaign starts: due in two weeks, people who are in by nesting included. */
export function newDraft(now: Date, groups: Ref[] = []): Draft {
  const due = new Date(now);
  due.setDate(due.getDate() + 14);
  return {
    name: "",
    by: groups.length > 0 ? "groups" : "filter",
    groups,
    privileged: groups.length === 0,
    source: "",
    words: "",
    effective: true,
    exclude: [],
    kind: "managers",
    named: [],
    fallback: undefined,
    due: dayOf(due),
    sourceReason: "",
  };
}

/** The shortest reason and the shortest name the server takes. */
export const shortest = 3;

/** What the first step still needs. */
export function whatGap(draft: Draft): string | undefined {
  if (draft.name.trim().length < shortest) return "Give the campaign a name.";
  if (draft.by === "groups" && draft.groups.length === 0) return "Pick at least one group.";
  const bare = draft.exclude.find((each) => each.reason.trim().length < shortest);
  if (bare) return `Say why ${ruleWords(bare.rule)} are left out: it is printed.`;
  return undefined;
}

/** What the second step still needs. */
export function whoGap(draft: Draft, now: Date): string | undefined {
  if (draft.kind === "named" && draft.named.length === 0) return "Name at least one reviewer.";
  if (!draft.due) return "Say when it is due.";
  if (endOfDay(draft.due) <= now) return "The due date is over.";
  return undefined;
}

/** What the last step still needs. */
export function checkGap(draft: Draft, plan: Plan | undefined): string | undefined {
  if (!plan) return "The plan has to be there first.";
  if (plan.arithmetic.inScope === 0) return "Nothing is in scope.";
  if (plan.needsReason && draft.sourceReason.trim().length < shortest)
    return "Say why a source that is not complete is frozen.";
  return undefined;
}

/** What is asked of the server: what would be frozen. An exclusion whose reason is not typed yet counts already. */
export function planBody(draft: Draft): Schema<"PlanReviewBody"> {
  return {
    scope: {
      ...(draft.by === "groups"
        ? { groups: draft.groups.map((group) => group.id) }
        : {
            ...(draft.privileged && { privileged: true }),
            ...(draft.source && { source: draft.source }),
            ...(draft.words.trim() && { words: draft.words.trim() }),
          }),
      ...(draft.effective && { effective: true }),
      ...(draft.exclude.length > 0 && {
        exclude: draft.exclude.map(({ rule, reason }) => ({
          rule,
          reason: reason.trim().length < shortest ? "not given yet" : reason.trim(),
        })),
      }),
    },
    reviewers: {
      kind: draft.kind,
      ...(draft.kind === "named" && { named: draft.named.map((person) => person.id) }),
      ...(draft.fallback && { fallback: draft.fallback.id }),
    },
  };
}

/** What is sent to freeze the campaign. */
export function createBody(draft: Draft): Schema<"CreateReviewBody"> {
  return {
    ...planBody(draft),
    name: draft.name.trim(),
    dueAt: endOfDay(draft.due).toISOString(),
    ...(draft.sourceReason.trim() && { sourceReason: draft.sourceReason.trim() }),
  };
}

/** Whether any group is asked for: to the server, none named means all of them. */
export function namesGroups(draft: Draft): boolean {
  return draft.by === "filter" || draft.groups.length > 0;
}

/** Whether enough is chosen that the server can be asked. */
export function canPlan(draft: Draft): boolean {
  return namesGroups(draft) && (draft.kind !== "named" || draft.named.length > 0);
}
