import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { countText, plural } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea, TextField } from "../../ui/Field";
import { askedOf, type FindingsAddress } from "./queries";

/** A day so many days ahead, as a date field takes it. */
export function dayAhead(days: number, now = new Date()): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

const shortest = 3;
const usual = 90;
const most = 365;

/** Lets findings be for a while: one by its id, or all that fit the filters. */
export function AcceptDialog({
  id,
  filter,
  count,
  about,
  onClose,
}: {
  id?: string;
  filter?: FindingsAddress;
  count: number;
  about: string;
  onClose(): void;
}) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(dayAhead(usual));
  const [ticket, setTicket] = useState("");
  const accept = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/findings/accept", {
          body: {
            ...(id ? { ids: [id] } : { ...askedOf({ ...filter, q: undefined }), count }),
            reason: reason.trim(),
            until: `${until}T00:00:00Z`,
            ...(ticket.trim() && { ticket: ticket.trim() }),
          },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ["findings"] });
      await client.invalidateQueries({ queryKey: ["overview"] });
    },
  });
  const gap = (reason.trim().length < shortest && "Say why.") || (!until && "Say until when.");
  return (
    <ConfirmDialog
      opened
      title={id ? "Accept this finding?" : `Accept ${plural(count, "finding")}?`}
      act={id ? "Accept" : `Accept ${countText(count)}`}
      reason={gap || false}
      busy={accept.isPending}
      error={accept.error}
      onConfirm={() => accept.mutate()}
      onClose={onClose}
    >
      <p>
        {about}. Nothing changes in the directory. It leaves the open list, and comes back after the date or
        when it gets worse.
      </p>
      <TextArea
        label="Reason"
        minRows={2}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <TextField
        label="Until"
        type="date"
        min={dayAhead(1)}
        max={dayAhead(most)}
        help="At most a year."
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
      <TextField
        label="Ticket"
        optional
        value={ticket}
        onChange={(event) => setTicket(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
