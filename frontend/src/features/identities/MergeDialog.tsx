import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useGo } from "../../lib/address";
import { plural } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import { mergeQuery, shortestReason, useRelink } from "./links";
import { PersonField } from "./PersonField";

/** Merges one person into another, with what comes together said before. */
export function MergeDialog({
  identity,
  opened,
  onClose,
}: {
  identity: { id: string; name: string };
  opened: boolean;
  onClose(): void;
}) {
  const go = useGo();
  const [into, setInto] = useState("");
  const [reason, setReason] = useState("");
  const merge = useRelink(
    () =>
      dataOf(
        api.POST("/identities/{id}/merge", {
          params: { path: { id: identity.id } },
          body: { into, reason: reason.trim() },
        }),
      ),
    () => {
      setInto("");
      onClose();
      go(`/identities/${into}`, { tab: "accounts" });
    },
  );
  // Once they are merged there is nothing to preview.
  const preview = useQuery({ ...mergeQuery(identity.id, into), enabled: into !== "" && !merge.isPending });
  const data = into ? preview.data : undefined;
  return (
    <ConfirmDialog
      opened={opened}
      title={`Merge ${identity.name} into another person?`}
      act="Merge"
      reason={
        (!data && "Choose the person that stays.") ||
        (reason.trim().length < shortestReason && "Say why: it is kept in the audit log.")
      }
      busy={merge.isPending}
      error={merge.error}
      onConfirm={() => merge.mutate(undefined)}
      onClose={onClose}
    >
      <PersonField label="Person that stays" value={into} except={identity.id} onChange={setInto} />
      {preview.error && into ? <ErrorState error={preview.error} what="This merge is not possible." /> : null}
      {data && (
        <div className="stack">
          {data.warnings.map((warning) => (
            <Note key={warning} tone="warn">
              {warning}
            </Note>
          ))}
          <p>
            {plural(data.accounts.length, "account")} (
            <bdi>{data.accounts.map((account) => account.detail || account.name).join(", ")}</bdi>) and{" "}
            {plural(data.findings, "finding")} about them move to <bdi className="b">{data.into.name}</bdi>.
            The id <span className="mono">{identity.id}</span> leads there from now on.
          </p>
          <p className="t2">
            {plural(data.factors, "active factor")} and {plural(data.reviewItems, "item")} of open reviews
            stay recorded under the old id and are found through it. Undo puts everything back as it was.
          </p>
        </div>
      )}
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}
