import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { fieldProblem } from "../../lib/problem";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea, TextField } from "../../ui/Field";
import { type Ownership, useRelink } from "./links";
import { PersonField } from "./PersonField";

/** Records who answers for an account, what it is for and when to look again. */
export function OwnerDialog({ row, onClose }: { row: Ownership; onClose(): void }) {
  const [owner, setOwner] = useState(row.owner?.id ?? "");
  const [purpose, setPurpose] = useState(row.purpose);
  const [reviewBy, setReviewBy] = useState(row.reviewBy ?? "");
  const save = useRelink(
    () =>
      dataOf(
        api.PUT("/accounts/{id}/ownership", {
          params: { path: { id: row.account.id } },
          body: { ownerIdentity: owner, purpose: purpose.trim(), reviewBy: reviewBy.trim() },
        }),
      ),
    onClose,
  );
  return (
    <ConfirmDialog
      opened
      title={`Who answers for ${row.account.detail || row.account.name}?`}
      act="Save"
      busy={save.isPending}
      error={save.error}
      onConfirm={() => save.mutate(undefined)}
      onClose={onClose}
    >
      {row.directoryOwner && (
        <p className="t2">
          The directory names <bdi>{row.directoryOwner}</bdi>.
        </p>
      )}
      <PersonField
        label="Owner"
        value={owner}
        {...(row.owner && { name: row.owner.name })}
        optional
        onChange={setOwner}
      />
      <TextArea label="Purpose" value={purpose} onChange={(event) => setPurpose(event.currentTarget.value)} />
      <TextField
        label="Review by"
        optional
        mono
        help="Such as 2027-01-31."
        error={fieldProblem(save.error, "reviewBy")}
        value={reviewBy}
        onChange={(event) => setReviewBy(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
