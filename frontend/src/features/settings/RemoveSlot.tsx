import { useMutation } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { useVaultChanged } from "./queries";
import { afterRemoval, type Slot, ways } from "./vaultWords";

/** Asks before a way into the vault is taken away, with what stays. */
export function RemoveSlot({ slot, slots, onClose }: { slot: Slot; slots: Slot[]; onClose(): void }) {
  const changed = useVaultChanged();
  const remove = useMutation({
    mutationFn: () => dataOf(api.DELETE("/vault/slots/{id}", { params: { path: { id: slot.id } } })),
    onSuccess: (vault) => {
      changed(vault);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      opened
      title={`Remove the ${ways[slot.kind]}?`}
      act="Remove"
      look="final"
      reason={slots.length === 1 && "It is the only way to open the vault."}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        {slot.label} opens the vault no more. {afterRemoval(slots, slot)}
      </p>
      <p className="t2">
        It still opens copies of the data folder that were made before. If somebody else may have it, replace
        the key as well.
      </p>
    </ConfirmDialog>
  );
}
