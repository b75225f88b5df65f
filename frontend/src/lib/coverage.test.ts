import { describe, expect, it } from "vitest";
import { countedText, coverageText } from "./coverage";

describe("what a run counted", () => {
  const full = { mode: "full", unit: "entry", skipped: 0 } as const;
  it.each([
    [{ ...full, read: 1214, claimed: 1214 }, "1,214 of 1,214 entries"],
    [{ ...full, read: 42, claimed: 46, skipped: 4, unit: "row" }, "42 of 46 rows, 4 skipped"],
    [{ ...full, read: 0, claimed: 1, skipped: 1 }, "0 of 1 entry, 1 skipped"],
    [{ ...full, read: 1214, claimed: -1 }, "1,214 entries"],
    [{ ...full, read: 1, claimed: -1, unit: "row" }, "1 row"],
    [{ ...full, mode: "incremental", read: 99, claimed: 71 }, "99 changed entries"],
    [{ ...full, mode: "incremental", read: 1, claimed: -1, skipped: 2 }, "1 changed entry, 2 skipped"],
  ] as const)("is told of %o as %s", (run, text) => {
    expect(countedText(run)).toBe(text);
  });
});

describe("coverageText", () => {
  const lastComplete = { mode: "full", unit: "row", read: 403, claimed: 403, skipped: 0 } as const;
  it.each([
    [{ status: "complete", statusText: "complete", lastComplete }, "403 of 403 rows"],
    [{ status: "stale", statusText: "stale", lastComplete }, "403 of 403 rows"],
    [{ status: "held", statusText: "held: newer run waits", lastComplete }, "a newer run waits"],
    [
      { status: "partial", statusText: "partial", newest: { error: "The server closed." } },
      "The server closed.",
    ],
    [{ status: "partial", statusText: "partial: 2 of 3" }, "partial: 2 of 3"],
    [{ status: "configChanged", statusText: "changed" }, "the next read is a preview"],
    [{ status: "reading", statusText: "reading", lastComplete }, "until then 403 of 403 rows"],
    [{ status: "reading", statusText: "reading" }, ""],
    [
      {
        status: "complete",
        statusText: "complete",
        lastComplete: { mode: "incremental", unit: "entry", read: 0, claimed: 0, skipped: 0 },
        unchanged: { since: "2025-03-09T14:05:00", rows: 403 },
      },
      "unchanged since 9 Mar 2025, 403 entries",
    ],
    [{ status: "never", statusText: "never read" }, ""],
  ] as const)("says %o", (source, text) => {
    expect(coverageText(source)).toBe(text);
  });
});
