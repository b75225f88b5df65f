import { describe, expect, it } from "vitest";
import { sampleItem } from "./sampleItem";
import { draftGap, emptyDraft, itemsSeen, needsReason, shared, withVerdict } from "./verdicts";

const now = new Date("2026-03-16T12:00:00");
const reason = "Nested by mistake.";

describe("a decision", () => {
  it.each([
    [{}, "Choose a decision."],
    [{ verdict: "keep" }, undefined],
    [{ verdict: "dontKnow" }, undefined],
    [{ verdict: "undecided" }, undefined],
    [{ verdict: "revoke" }, "Give the reason."],
    [{ verdict: "revoke", reason: " .. a!" }, "Give the reason."],
    [{ verdict: "revoke", reason: "äöü" }, undefined],
    [{ verdict: "modify", reason }, undefined],
    [{ verdict: "defer", reason }, undefined],
    [{ verdict: "exception", reason }, "Say until when the exception lasts."],
    [{ verdict: "exception", reason, until: "2026-03-15" }, "The exception has to end after today."],
    [{ verdict: "exception", reason, until: "2026-03-16" }, "The exception has to end after today."],
    [{ verdict: "exception", reason, until: "2026-03-17" }, undefined],
    [{ verdict: "exception", reason, until: "2026-06-30" }, undefined],
  ] as const)("%o lacks %s", (draft, gap) => {
    expect(draftGap({ ...emptyDraft, ...draft }, "i7", now)).toBe(gap);
  });

  it("is nobody's until somebody is chosen", () => {
    expect(draftGap({ ...emptyDraft, verdict: "keep" }, undefined, now)).toBe("Choose who decides.");
  });

  it("needs a reason unless it keeps, withdraws or does not know", () => {
    const all = ["keep", "revoke", "modify", "exception", "defer", "dontKnow", "undecided"] as const;
    expect(all.filter(needsReason)).toEqual(["revoke", "modify", "exception", "defer"]);
  });

  it("names the decision its reviewer saw, also after another was recorded meanwhile", () => {
    const draft = withVerdict(emptyDraft, "revoke", [
      sampleItem(1, { decision: 0 }),
      sampleItem(2, { decision: 4 }),
    ]);
    const overtaken = [sampleItem(1, { decision: 9, verdict: "keep" }), sampleItem(2, { decision: 4 })];
    expect(itemsSeen(draft, overtaken)).toEqual([
      { item: 1, decision: 0 },
      { item: 2, decision: 4 },
    ]);
    // Another verdict does not look again.
    expect(itemsSeen(withVerdict(draft, "modify", overtaken), overtaken)[0]).toEqual({
      item: 1,
      decision: 0,
    });
    // What was selected later was seen later.
    expect(itemsSeen(draft, [sampleItem(3, { decision: 5 })])).toEqual([{ item: 3, decision: 5 }]);
  });
});

describe("what selected items share", () => {
  const direct = { basis: "direct", path: [{ kind: "group", id: "g1", name: "Administrators" }] } as const;
  it.each([
    ["one item", [sampleItem(1)], undefined],
    [
      "the end of their path",
      [sampleItem(1), sampleItem(2, { path: sampleItem(2).path.slice(1) })],
      { words: "all by", path: ["infra-operators"] },
    ],
    [
      "the whole path",
      [sampleItem(1), sampleItem(2)],
      { words: "all by", path: ["lab-operations", "infra-operators"] },
    ],
    [
      "the group",
      [
        sampleItem(1, { ...direct, path: [...direct.path] }),
        sampleItem(2, { ...direct, path: [...direct.path] }),
      ],
      { words: "all direct in Administrators" },
    ],
    [
      "the person",
      [
        sampleItem(1),
        sampleItem(2, {
          identity: { kind: "identity", id: "i1", name: "Person 1" },
          group: { kind: "group", id: "g9", name: "Backup Operators" },
        }),
      ],
      { words: "all of Person 1" },
    ],
    ["nothing", [sampleItem(1), sampleItem(2, { group: { kind: "group", id: "g9", name: "x" } })], undefined],
  ])("%s", (_, items, words) => expect(shared(items)).toEqual(words));
});
