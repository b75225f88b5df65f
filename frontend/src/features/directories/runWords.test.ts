import { describe, expect, it } from "vitest";
import { durationText } from "./runWords";

describe("durationText", () => {
  const start = "2026-03-10T14:28:00.000Z";
  it.each([
    ["2026-03-10T14:28:00.012Z", "12 ms"],
    ["2026-03-10T14:28:01.800Z", "1.8 s"],
    ["2026-03-10T14:30:05.000Z", "2 min 5 s"],
    ["2026-03-10T14:27:59.000Z", "0 ms"],
  ])("until %s took %s", (end, text) => {
    expect(durationText(start, end)).toBe(text);
  });
});
