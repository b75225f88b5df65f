import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { InspectorSection } from "../../ui/Inspector";
import { KeyValue } from "../../ui/KeyValue";
import { When } from "../../ui/When";

/** Who let a finding be, why and until when, and the way back. */
export function Accepted({
  id,
  accepted,
  mayReopen,
}: {
  id: string;
  accepted: Schema<"Acceptance">;
  mayReopen: boolean;
}) {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [reason, setReason] = useState("");
  const reopen = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/findings/{id}/reopen", { params: { path: { id } }, body: { reason: reason.trim() } }),
      ),
    onSuccess: async () => {
      setAsked(false);
      await client.invalidateQueries({ queryKey: ["findings"] });
      await client.invalidateQueries({ queryKey: ["overview"] });
    },
  });
  return (
    <InspectorSection
      title="Accepted"
      aside={
        mayReopen && (
          <Button size="sm" onClick={() => setAsked(true)}>
            Open again…
          </Button>
        )
      }
    >
      <p className="wrap">{accepted.reason}</p>
      <KeyValue
        facts={[
          { label: "By", value: <bdi>{accepted.by}</bdi> },
          { label: "Since", value: <When at={accepted.at} age="ago" /> },
          { label: "Until", value: <When at={accepted.until} form="day" /> },
          Boolean(accepted.ticket) && { label: "Ticket", value: accepted.ticket ?? "", mono: true },
          Boolean(accepted.baseline) && { label: "Baseline", value: accepted.baseline ?? "" },
        ]}
      />
      {asked && (
        <ConfirmDialog
          opened
          title="Open this finding again?"
          act="Open again"
          reason={reason.trim().length < 3 && "Say why."}
          busy={reopen.isPending}
          error={reopen.error}
          onConfirm={() => reopen.mutate()}
          onClose={() => setAsked(false)}
        >
          <p>The acceptance ends now; the log keeps it.</p>
          <TextArea
            label="Reason"
            minRows={2}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </ConfirmDialog>
      )}
    </InspectorSection>
  );
}
