import { describe, expect, test } from "vitest";
import { askedOf, fieldText, type Mark, markBefore, snap, step } from "./time";

const marks: Mark[] = [100, 200, 300].map((at) => ({ at, asked: `t${at}`, text: "" }));

describe("steps along the time line", () => {
  test.each([
    [undefined, -1, 300],
    [undefined, -2, 200],
    [undefined, 1, undefined],
    [300, 1, undefined],
    [300, -1, 200],
    [250, 1, 300],
    [250, -1, 100],
    [100, -1, 100],
    [50, 1, 100],
    [200, Number.NEGATIVE_INFINITY, 100],
    [100, Number.POSITIVE_INFINITY, undefined],
  ])("from %s by %s to %s", (from, by, to) => {
    expect(step(marks, from, by)?.at).toBe(to);
  });

  test("without marks there is only now", () => {
    expect(step([], undefined, -1)).toBeUndefined();
  });

  test("a pointer goes to the read before it, and to now right of the last", () => {
    expect([50, 100, 199, 299, 340, 360].map((at) => snap(marks, at, 400)?.at)).toEqual([
      100,
      100,
      100,
      200,
      300,
      undefined,
    ]);
  });

  test("the mark at or before a time", () => {
    expect(markBefore(marks, 199)?.at).toBe(100);
    expect(markBefore(marks, 200)?.at).toBe(200);
    expect(markBefore(marks, 99)).toBeUndefined();
  });
});

describe("the field for date and time", () => {
  test("is read as local time and comes back the same", () => {
    const at = new Date(2026, 2, 9, 14, 28);
    expect(fieldText(at)).toBe("2026-03-09T14:28");
    expect(askedOf(fieldText(at), new Date(2026, 2, 10))).toBe(at.toISOString());
  });

  test.each(["", "soon", "2026-03-11T00:00"])("%j is no moment that has come", (field) => {
    expect(askedOf(field, new Date(2026, 2, 10))).toBeUndefined();
  });
});
