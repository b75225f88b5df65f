import { describe, expect, it } from "vitest";
import { expectedOf, progressText } from "./runs";

describe("progressText", () => {
  const full = { mode: "full", unit: "entry" } as const;
  const before = { mode: "full", read: 1214 } as const;
  it.each([
    [{ ...full, phase: "connecting", progress: 0 }, undefined, "connecting"],
    [{ ...full }, undefined, "reading"],
    [{ ...full, phase: "reading", progress: 1204 }, undefined, "reading, 1,204 entries"],
    [{ ...full, phase: "reading", progress: 1 }, undefined, "reading, 1 entry"],
    [{ ...full, phase: "reading", progress: 1204 }, before, "reading, 1,204 of about 1,214 entries"],
    [{ ...full, unit: "row", progress: 4 } as const, before, "reading, 4 of about 1,214 rows"],
    [{ ...full, phase: "reading", progress: 1300 }, before, "reading, 1,300 entries"],
    // What changed says nothing of how many there are.
    [{ ...full, progress: 2 }, { mode: "incremental", read: 3 } as const, "reading, 2 entries"],
    [{ ...full, mode: "incremental", progress: 2 } as const, before, "reading, 2 entries"],
  ])("tells %o after %o as %s", (run, last, text) => {
    expect(progressText(run, last)).toBe(text);
  });
  it("expects no fewer than have come", () => {
    expect(expectedOf({ ...full, progress: 1214 }, before)).toBe(1214);
    expect(expectedOf({ ...full, progress: 1215 }, before)).toBeUndefined();
  });
});
