import type { Schema } from "../../api/client";

export type Slot = Schema<"VaultSlot">;

/** What a way into the vault is called. */
export const ways: Record<Slot["kind"], string> = {
  keychain: "keychain",
  passphrase: "passphrase",
  keyfile: "key file",
  recovery: "printed recovery key",
};

/** Where the other half of a way in is, in words; of a key file its path. */
export function place(slot: Slot): { text: string; path?: boolean } {
  switch (slot.kind) {
    case "keychain":
      return { text: slot.label.replace(/^Keychain of /, "of ") };
    case "keyfile":
      return { text: slot.label.replace(/^Key file /, ""), path: true };
    case "passphrase":
      return { text: "with whoever knows it" };
    case "recovery":
      return { text: "on paper" };
  }
}

/** The shortest passphrase the server takes, in bytes. */
export const shortestPassphrase = 12;

/** Why a new passphrase cannot be added yet; undefined if it can. */
export function passphraseProblem(first: string, again: string): string | undefined {
  const left = shortestPassphrase - new TextEncoder().encode(first).length;
  if (left > 0) return left === 1 ? "1 character to go." : `${left} characters to go.`;
  if (again === "") return "Type it a second time.";
  if (again !== first) return "The two are not the same.";
  return undefined;
}

/** What opens the vault once a way in is gone. */
export function afterRemoval(slots: readonly Slot[], gone: Slot): string {
  const stay = slots.filter((slot) => slot.id !== gone.id);
  if (stay.length === 0)
    return "Nothing else opens the vault, so it cannot be removed. Add another way first.";
  const labels = stay.map((slot) => slot.label).join("; ");
  if (stay.every((slot) => slot.kind === "recovery"))
    return `Only this is left: ${labels}. The vault will not open by itself any more.`;
  return `What still opens it: ${labels}.`;
}

/** What becomes of a way in when the key of the vault is replaced. */
export function afterRekey(slot: Slot, passphrase: string): string {
  switch (slot.kind) {
    case "keychain":
      return "kept if it is the keychain of this computer, else dropped";
    case "keyfile":
      return "kept if the file is at hand, else dropped";
    case "passphrase":
      return passphrase === "" ? "dropped, because it is not given" : "kept if this is the passphrase";
    case "recovery":
      return "worthless from then on; a new one is shown once";
  }
}

/** What an older copy opens once the key of the vault is replaced. */
export function whatACopyOpens(slots: readonly Slot[]): string {
  const has = (kind: Slot["kind"]) => slots.some((slot) => slot.kind === kind);
  const same = [has("keyfile") && "the key file", has("passphrase") && "the passphrase"].filter(Boolean);
  const promise = "What somebody has of an older copy opens nothing that is written from now on";
  if (same.length === 0) return `${promise}.`;
  return `${promise}, unless they also have ${same.join(" or ")}, which ${same.length === 1 ? "stays" : "stay"} the same.`;
}
