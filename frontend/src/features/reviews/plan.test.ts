import { describe, expect, it } from "vitest";
import {
  canPlan,
  checkGap,
  createBody,
  type Draft,
  newDraft,
  type Plan,
  planBody,
  whatGap,
  whoGap,
} from "./plan";

const now = new Date("2026-03-06T10:00:00");
const group = { kind: "group" as const, id: "7", name: "Administrators" };
const person = { kind: "identity" as const, id: "3", name: "Ragna Solheim" };
const draft = (more: Partial<Draft> = {}): Draft => ({ ...newDraft(now), name: "Q1 2026", ...more });

describe("a campaign in the making", () => {
  it("begins with privileged groups, nesting and two weeks; or with the group a link named", () => {
    expect(newDraft(now)).toMatchObject({
      by: "filter",
      privileged: true,
      effective: true,
      due: "2026-03-20",
    });
    expect(planBody(newDraft(now, [group])).scope).toEqual({ groups: ["7"], effective: true });
  });

  it("asks nothing while no group is picked: none would mean all", () => {
    expect(canPlan(draft({ by: "groups" }))).toBe(false);
    expect(canPlan(draft({ by: "groups", groups: [group] }))).toBe(true);
    expect(canPlan(draft({ kind: "named" }))).toBe(false);
    expect(canPlan(draft({ kind: "named", named: [person] }))).toBe(true);
  });

  it("sends of the two ways to name groups only the one that is chosen", () => {
    const both = { groups: [group], words: " lab ", source: "1", privileged: false };
    expect(planBody(draft({ ...both, by: "groups" })).scope).toEqual({ groups: ["7"], effective: true });
    expect(planBody(draft({ ...both, by: "filter" })).scope).toEqual({
      words: "lab",
      source: "1",
      effective: true,
    });
  });

  it("counts an exclusion before its reason is typed, and is not frozen without", () => {
    const bare = draft({ exclude: [{ rule: "serviceAccounts", reason: "" }] });
    expect(planBody(bare).scope.exclude).toEqual([{ rule: "serviceAccounts", reason: "not given yet" }]);
    expect(whatGap(bare)).toBe("Say why service accounts are left out: it is printed.");
    expect(
      whatGap(draft({ exclude: [{ rule: "serviceAccounts", reason: "Reviewed in June." }] })),
    ).toBeUndefined();
  });

  it.each([
    [{ name: "Q1" }, "Give the campaign a name."],
    [{ by: "groups" }, "Pick at least one group."],
    [{}, undefined],
  ] as const)("%o: what it reviews lacks %s", (more, gap) => expect(whatGap(draft(more))).toBe(gap));

  it.each([
    [{ kind: "named" }, "Name at least one reviewer."],
    [{ due: "" }, "Say when it is due."],
    [{ due: "2026-03-05" }, "The due date is over."],
    [{ due: "2026-03-06" }, undefined],
  ] as const)("%o: who reviews it lacks %s", (more, gap) => expect(whoGap(draft(more), now)).toBe(gap));

  it("freezes a source that is not complete only with a reason", () => {
    const plan = { needsReason: true, arithmetic: { inScope: 214 } } as Plan;
    expect(checkGap(draft(), plan)).toBe("Say why a source that is not complete is frozen.");
    expect(checkGap(draft({ sourceReason: "The branch office is offline." }), plan)).toBeUndefined();
    expect(checkGap(draft(), { ...plan, arithmetic: { ...plan.arithmetic, inScope: 0 } })).toBe(
      "Nothing is in scope.",
    );
    expect(checkGap(draft(), undefined)).toBe("The plan has to be there first.");
  });

  it("is due at the end of its day", () => {
    expect(createBody(draft()).dueAt).toBe(new Date("2026-03-20T23:59:59").toISOString());
  });
});
