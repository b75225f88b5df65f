import { describe, expect, it } from "vitest";
import { ageText, agoText, dayClockText, dayText, triOf, unknownWord, utcText } from "./moment";

const now = new Date(2026, 2, 10, 14, 32);
const at = (year: number, month: number, day: number, hour: number, minute: number) =>
  new Date(year, month, day, hour, minute);

describe("ages", () => {
  it.each([
    [30_000, "now", "just now"],
    [4 * 60_000, "4 min", "4 min ago"],
    [59 * 60_000, "59 min", "59 min ago"],
    [2 * 3_600_000, "2 h", "2 h ago"],
    [26 * 86_400_000, "26 d", "26 d ago"],
  ])("%d ms", (ms, short, clause) => {
    const then = new Date(now.getTime() - ms);
    expect(ageText(then, now)).toBe(short);
    expect(agoText(then, now)).toBe(clause);
  });

  it("to come", () => {
    expect(agoText(new Date(now.getTime() + 41 * 86_400_000), now)).toBe("in 41 d");
  });
});

describe("days", () => {
  it.each([
    [at(2026, 2, 10, 13, 51), "today", "today 13:51"],
    [at(2026, 2, 8, 9, 4), "8 Mar", "8 Mar 09:04"],
    [at(2025, 10, 5, 9, 14), "5 Nov", "5 Nov 09:14"],
    [at(2024, 10, 14, 9, 14), "14 Nov 2024", "14 Nov 2024"],
    [at(2027, 0, 2, 0, 0), "2 Jan 2027", "2 Jan 2027"],
  ])("%s", (time, day, full) => {
    expect(dayText(time, now)).toBe(day);
    expect(dayClockText(time, now)).toBe(full);
  });
});

it("the tooltip says UTC, to the second", () => {
  expect(utcText(new Date("2026-03-10T13:28:07.123456Z"))).toBe("2026-03-10 13:28:07 UTC");
});

it("unknowns keep four different words", () => {
  const words = (["never", "unknown", "notCollected", "notSupported"] as const).map(unknownWord);
  expect(words).toEqual(["never", "unknown", "not collected", "not supported"]);
});

it("a tri-state that is not known here counts as unknown", () => {
  expect(["yes", "no", "notCollected", "perhaps", ""].map(triOf)).toEqual([
    "yes",
    "no",
    "notCollected",
    "unknown",
    "unknown",
  ]);
});
