import { describe, expect, it } from "vitest";
import { afterRekey, afterRemoval, passphraseProblem, type Slot, whatACopyOpens } from "./vaultWords";

const slot = (kind: Slot["kind"], id: string = kind): Slot => ({
  id,
  kind,
  label: `The ${id}`,
  createdAt: "2026-03-01T08:00:00Z",
});

describe("a new passphrase", () => {
  it.each([
    ["", "", "12 characters to go."],
    ["eleven char", "", "1 character to go."],
    ["twelve chars", "", "Type it a second time."],
    ["twelve chars", "twelve charz", "The two are not the same."],
    ["twelve chars", "twelve chars", undefined],
    ["öööööö", "öööööö", undefined], // counted in bytes, as the server does
  ])("%j and %j: %s", (first, again, problem) => {
    expect(passphraseProblem(first, again)).toBe(problem);
  });
});

describe("removing a way in", () => {
  it("names what stays", () => {
    const slots = [slot("keychain"), slot("keyfile"), slot("recovery")];
    expect(afterRemoval(slots, slot("keychain"))).toBe("What still opens it: The keyfile; The recovery.");
  });
  it("says that only paper is left", () => {
    const slots = [slot("keychain"), slot("recovery")];
    expect(afterRemoval(slots, slot("keychain"))).toMatch(/^Only this is left: The recovery\./);
  });
  it("says that the last one stays", () => {
    expect(afterRemoval([slot("keychain")], slot("keychain"))).toMatch(/^Nothing else opens the vault/);
  });
  it("tells two of one kind apart", () => {
    const slots = [slot("passphrase", "first"), slot("passphrase", "second")];
    expect(afterRemoval(slots, slot("passphrase", "first"))).toBe("What still opens it: The second.");
  });
});

describe("replacing the key", () => {
  it("drops a passphrase that is not given", () => {
    expect(afterRekey(slot("passphrase"), "")).toMatch(/^dropped/);
    expect(afterRekey(slot("passphrase"), "x")).toMatch(/^kept if/);
  });
  it("replaces the recovery key whatever is given", () => {
    expect(afterRekey(slot("recovery"), "")).toBe(afterRekey(slot("recovery"), "x"));
  });
});

describe("an older copy, once the key is replaced", () => {
  it.each<[Slot["kind"][], string]>([
    [["keychain", "recovery"], "from now on."],
    [["keyfile"], ", unless they also have the key file, which stays the same."],
    [
      ["passphrase", "keyfile"],
      ", unless they also have the key file or the passphrase, which stay the same.",
    ],
  ])("with %j opens nothing new%s", (kinds, end) => {
    const text = whatACopyOpens(kinds.map((kind) => slot(kind)));
    expect(text).toMatch(/^What somebody has of an older copy opens nothing that is written from now on/);
    expect(text.endsWith(end)).toBe(true);
  });
});
