import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { useGo } from "../../lib/address";
import { plural } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { type Source, useSourcesChanged } from "./queries";

/** The shortest reason the server takes. */
export const shortestReason = 3;

/** Asks before a source is removed, with what goes and what stays. */
export function RemoveSource({
  source,
  opened,
  onClose,
}: {
  source: Source;
  opened: boolean;
  onClose(): void;
}) {
  const go = useGo();
  const changed = useSourcesChanged();
  const [reason, setReason] = useState("");
  const remove = useMutation({
    mutationFn: () =>
      api.DELETE("/sources/{id}", { params: { path: { id: source.id }, query: { reason: reason.trim() } } }),
    onSuccess: async () => {
      go("/directories");
      await changed();
    },
  });
  return (
    <ConfirmDialog
      opened={opened}
      title={`Remove ${source.name}?`}
      act="Remove source"
      look="final"
      reason={reason.trim().length < shortestReason && "Say why: it is kept in the audit log."}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        {plural(source.accounts, "account")}, {plural(source.groups, "group")} and{" "}
        {plural(source.memberships, "membership")} leave every list, and its password leaves the vault. The
        directory itself is not touched. Connecting it again reads it anew; there is no undo.
      </p>
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}
