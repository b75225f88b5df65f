import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { fieldProblem } from "../../lib/problem";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { SecretField } from "../../ui/Field";
import { useVaultChanged } from "./queries";
import { afterRekey, type Slot, ways, whatACopyOpens } from "./vaultWords";

/** Asks before the key of the vault is replaced, with what becomes of every way in. */
export function Rekey({
  slots,
  onDone,
  onClose,
}: {
  slots: Slot[];
  onDone(done: Schema<"VaultRekeyed">): void;
  onClose(): void;
}) {
  const changed = useVaultChanged();
  const [passphrase, setPassphrase] = useState("");
  const rekey = useMutation({
    mutationFn: () => dataOf(api.POST("/vault/rekey", { body: passphrase ? { passphrase } : {} })),
    gcTime: 0, // the passphrase and the new recovery key leave the memory with this dialog
    onSuccess: (done) => {
      changed(done.vault);
      onDone(done);
    },
  });
  const atField = fieldProblem(rekey.error, "passphrase");
  return (
    <ConfirmDialog
      opened
      title="Replace the key of the vault?"
      act="Replace key"
      look="danger"
      busy={rekey.isPending}
      error={atField ? null : rekey.error}
      onConfirm={() => rekey.mutate()}
      onClose={onClose}
    >
      <p>
        Every secret is sealed anew, all at once. {whatACopyOpens(slots)} The passwords in that copy are still
        to be changed where they are used.
      </p>
      <ul className="stack" aria-label="What becomes of each way in">
        {slots.map((slot) => (
          <li key={slot.id}>
            <span className="b">{slot.kind === "keyfile" ? slot.label : ways[slot.kind]}</span>{" "}
            <span className="t2">{afterRekey(slot, passphrase)}</span>
          </li>
        ))}
      </ul>
      {slots.some((slot) => slot.kind === "passphrase") && (
        <SecretField
          label="Passphrase"
          optional
          value={passphrase}
          help="To keep it. Without it, it no longer opens the vault."
          error={atField}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
      )}
    </ConfirmDialog>
  );
}
