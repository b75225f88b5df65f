import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { fieldProblem } from "../../lib/problem";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { SecretField } from "../../ui/Field";
import { useVaultChanged } from "./queries";
import { passphraseProblem, shortestPassphrase } from "./vaultWords";

/** Adds a passphrase, typed twice. */
export function AddPassphrase({ onClose }: { onClose(): void }) {
  const changed = useVaultChanged();
  const [first, setFirst] = useState("");
  const [again, setAgain] = useState("");
  const add = useMutation({
    mutationFn: () => dataOf(api.POST("/vault/slots", { body: { kind: "passphrase", passphrase: first } })),
    gcTime: 0, // the passphrase leaves the memory with this dialog
    onSuccess: (vault) => {
      changed(vault);
      onClose();
    },
  });
  const atField = fieldProblem(add.error, "passphrase");
  return (
    <ConfirmDialog
      opened
      title="Add a passphrase"
      act="Add passphrase"
      reason={passphraseProblem(first, again)}
      busy={add.isPending}
      error={atField ? null : add.error}
      onConfirm={() => add.mutate()}
      onClose={onClose}
    >
      <p>
        Whoever knows it and has a copy of the data folder opens every secret. It can be guessed there without
        anybody noticing, so its length decides: a sentence lasts, a word does not.
      </p>
      <SecretField
        label="Passphrase"
        data-autofocus
        value={first}
        help={`At least ${shortestPassphrase} characters.`}
        error={atField}
        onChange={(event) => setFirst(event.currentTarget.value)}
      />
      <SecretField
        label="The same again"
        value={again}
        error={again !== "" && !first.startsWith(again) && "The two are not the same."}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}

/** Opens a locked vault with its passphrase. */
export function UnlockVault({ onClose }: { onClose(): void }) {
  const changed = useVaultChanged();
  const [passphrase, setPassphrase] = useState("");
  const unlock = useMutation({
    mutationFn: () => dataOf(api.POST("/vault/unlock", { body: { passphrase } })),
    gcTime: 0,
    onSuccess: (vault) => {
      changed(vault);
      onClose();
    },
  });
  const atField = fieldProblem(unlock.error, "passphrase");
  const confirm = () => passphrase !== "" && !unlock.isPending && unlock.mutate();
  return (
    <ConfirmDialog
      opened
      title="Open the vault"
      act="Open vault"
      reason={passphrase === "" && "Type the passphrase."}
      busy={unlock.isPending}
      error={atField ? null : unlock.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>It stays open until the program ends. Each try takes about a second and is kept in the audit log.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <SecretField
          label="Passphrase"
          data-autofocus
          value={passphrase}
          error={atField}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
      </form>
    </ConfirmDialog>
  );
}
