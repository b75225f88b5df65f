import { describe, expect, it } from "vitest";
import { lostLaptopText } from "./lostLaptopText";

const now = new Date("2026-03-10T14:00:00Z");

describe("the list to copy", () => {
  it("has everything the page has", () => {
    const text = lostLaptopText(
      {
        disk: "no",
        opens: ["Passphrase: the passphrase."],
        rotate: [
          {
            what: "Password of cn=reader",
            about: { kind: "source", id: "3", name: "corp" },
            where: "ldaps://corp",
            how: "Set a new one.",
            risk: "high",
            setAt: "2026-03-01T12:00:00Z",
          },
          { what: "Printed recovery key", where: "Settings", how: "Replace it.", risk: "low" },
        ],
        exposed: [{ what: "Accounts", count: 1204 }],
      },
      now,
    );
    expect(text).toBe(`Gatehouse: what to do when this computer is lost

The disk is not encrypted: whoever has it reads everything below.

What a finder needs to open the secrets
- Passphrase: the passphrase.

What to change, worst first
- high: Password of cn=reader for corp. Where: ldaps://corp. Set 1 Mar.
  Set a new one.
- low: Printed recovery key. Where: Settings.
  Replace it.

What lies in the folder unsealed
- Accounts: 1,204
`);
  });
  it("says so where there is nothing", () => {
    const text = lostLaptopText({ disk: "unknown", opens: [], rotate: [], exposed: [] }, now);
    expect(text).toContain("- Nothing is sealed.");
    expect(text).toContain("- Nothing.");
  });
});
