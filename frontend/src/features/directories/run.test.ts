import { describe, expect, it } from "vitest";
import { type Change, changeKey } from "./RunChanges";
import { byNoun } from "./RunSummary";

describe("byNoun", () => {
  it("makes one row of each noun and leaves out those nothing happened to", () => {
    expect(
      byNoun([
        { noun: "account", op: "added", count: 12 },
        { noun: "account", op: "changed", count: 2 },
        { noun: "membership", op: "removed", count: 1 },
        { noun: "group", op: "added", count: 0 },
      ]),
    ).toEqual([
      { noun: "account", added: 12, changed: 2, removed: 0 },
      { noun: "membership", added: 0, changed: 0, removed: 1 },
    ]);
  });
  it("is empty for a run that changed nothing", () => {
    expect(byNoun([])).toEqual([]);
  });
});

describe("changeKey", () => {
  const change = (rest: Partial<Change>): Change => ({
    noun: "membership",
    op: "added",
    name: "a",
    fields: [],
    ...rest,
  });
  it("tells memberships of one account apart by their group", () => {
    const subject = { kind: "account" as const, id: "1", name: "a" };
    const group = (id: string) => ({ kind: "group" as const, id, name: `g${id}` });
    expect(changeKey(change({ subject, group: group("2") }))).not.toBe(
      changeKey(change({ subject, group: group("3") })),
    );
  });
  it("tells unresolved members apart by what the directory stores", () => {
    expect(changeKey(change({ detail: "uid=a" }))).not.toBe(changeKey(change({ detail: "uid=b" })));
  });
});
