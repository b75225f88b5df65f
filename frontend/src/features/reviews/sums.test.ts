import { expect, it } from "vitest";
import { incomplete, sumsOf } from "./sums";
import type { Arithmetic } from "./verdicts";

const a: Arithmetic = {
  read: 220,
  inScope: 214,
  excluded: 6,
  keep: 61,
  revoke: 14,
  modify: 3,
  exception: 2,
  deferred: 4,
  dontKnow: 2,
  undecided: 128,
  removed: 9,
  alreadyGone: 1,
  open: 4,
  refused: 0,
  complete: false,
};

it("three sums hold, each term with its number, zeros too", () => {
  const sums = sumsOf(a);
  expect(sums.map((sum) => sum.holds)).toEqual([true, true, true]);
  expect(sums[2]?.terms.map((term) => `${term.value} ${term.label}`)).toEqual([
    "9 removed and proven",
    "1 already gone",
    "4 open",
    "0 refused",
  ]);
});

it.each([
  ["excluded", [false, true, true]],
  ["keep", [true, false, true]],
  ["open", [true, true, false]],
  ["revoke", [true, false, false]],
] as const)("one too many %s is seen", (term, holds) => {
  expect(sumsOf({ ...a, [term]: a[term] + 1 }).map((sum) => sum.holds)).toEqual(holds);
});

it("complete is told by what is left", () => {
  expect(incomplete(a)).toBe("128 undecided, 4 deferred, 2 don’t know");
  expect(incomplete({ ...a, undecided: 0, deferred: 0, dontKnow: 0 })).toBeUndefined();
});
