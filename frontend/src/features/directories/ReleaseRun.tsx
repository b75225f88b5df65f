import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { plural } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import type { RunDetail } from "./queries";
import { shortestReason } from "./RemoveSource";

/** Lets a held run through, once, for exactly the list that was read here. */
export function ReleaseRun({ run, opened, onClose }: { run: RunDetail; opened: boolean; onClose(): void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const release = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/runs/{id}/release", {
          params: { path: { id: run.id } },
          body: { holdHash: run.holdHash ?? "", reason: reason.trim() },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <ConfirmDialog
      opened={opened}
      title="Release this run?"
      act="Release run"
      look="danger"
      reason={reason.trim().length < shortestReason && "Say why: it is kept in the audit log."}
      busy={release.isPending}
      error={release.error}
      onConfirm={() => release.mutate()}
      onClose={onClose}
    >
      <p>
        It is applied as it was read: {plural(run.added, "record")} added, {plural(run.changed, "record")}{" "}
        changed, {plural(run.removed, "record")} removed here. The directory is not touched.
      </p>
      <p>
        It counts once, for exactly the list on this page ({plural(run.holdReasons.length, "reason")}); the
        next read is looked at anew. There is no undo, but the next complete read brings back what the
        directory still has.
      </p>
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}
