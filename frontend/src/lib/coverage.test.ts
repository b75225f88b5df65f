import { describe, expect, it } from "vitest";
import { coverageText, rowsText } from "./coverage";

describe("rowsText", () => {
  it.each([
    [{ read: 1214, claimed: 1214 }, "1,214 of 1,214 rows"],
    [{ read: 0, claimed: 1 }, "0 of 1 row"],
    [{ read: 1214, claimed: -1 }, "1,214 rows"],
    [{ read: 1, claimed: -1 }, "1 row"],
  ])("counts %o as %s", (run, text) => {
    expect(rowsText(run)).toBe(text);
  });
});

describe("coverageText", () => {
  const lastComplete = { read: 403, claimed: 403 };
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
        lastComplete: { read: 0, claimed: 0 },
        unchanged: { since: "2025-03-09T14:05:00", rows: 403 },
      },
      "unchanged since 9 Mar 2025, 403 rows",
    ],
    [{ status: "never", statusText: "never read" }, ""],
  ] as const)("says %o", (source, text) => {
    expect(coverageText(source)).toBe(text);
  });
});
