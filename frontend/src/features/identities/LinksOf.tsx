import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { useMay } from "../../api/session";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { Section } from "../../ui/Page";
import { When } from "../../ui/When";
import { linksQuery, shortestReason, useRelink } from "./links";
import { MergeDialog } from "./MergeDialog";
import { SplitDialog } from "./SplitDialog";

const how = {
  operator: "by an operator",
  number: "by its own directory",
  own: "its own from the start",
  rule: "",
};

/** Why the accounts of a person are one person's, with the ways to join and to part them. */
export function LinksOf({ identity }: { identity: Schema<"Identity"> }) {
  const links = useQuery(linksQuery(identity.id)).data;
  const mayManage = useMay("source.manage");
  const [open, setOpen] = useState<"merge" | "split" | null>(null);
  const [undoing, setUndoing] = useState<Schema<"Merge"> | null>(null);
  const close = () => setOpen(null);
  return (
    <Section
      title="Why these accounts are one person"
      aside={
        mayManage && (
          <>
            {identity.accounts.length > 1 && (
              <Button onClick={() => setOpen("split")}>Not the same person? Split…</Button>
            )}
            <Button onClick={() => setOpen("merge")}>Merge…</Button>
          </>
        )
      }
    >
      <ul className="stack pad first">
        {links &&
          identity.accounts.map((account) => {
            const link = links.links[account.id];
            return (
              <li key={account.id}>
                <span className="mono b">{account.login}</span>{" "}
                <span className="t2">
                  {account.source.name}: {link?.rule || (link && how[link.how])}
                  {link?.how === "rule" && `, confidence ${link.confidence} %`}
                  {link?.reasons.length ? ` · ${link.reasons.join("; ")}` : ""}
                </span>
              </li>
            );
          })}
        {links?.merges.map((merge) => (
          <li key={merge.id} className="row">
            <span className="grow t2">
              Merged with <bdi className="b">{merge.from.name}</bdi> (
              {plural(merge.accounts.length, "account")}), <When at={merge.at} form="near" />: {merge.reason}
            </span>
            {mayManage && (
              <Button size="sm" onClick={() => setUndoing(merge)}>
                Undo merge…
              </Button>
            )}
          </li>
        ))}
      </ul>
      <MergeDialog identity={identity} opened={open === "merge"} onClose={close} />
      <SplitDialog identity={identity} opened={open === "split"} onClose={close} />
      {undoing && <UndoMerge merge={undoing} onClose={() => setUndoing(null)} />}
    </Section>
  );
}

function UndoMerge({ merge, onClose }: { merge: Schema<"Merge">; onClose(): void }) {
  const [reason, setReason] = useState("");
  const undo = useRelink(
    () =>
      dataOf(
        api.POST("/merges/{id}/undo", {
          params: { path: { id: merge.id } },
          body: { reason: reason.trim() },
        }),
      ),
    onClose,
  );
  return (
    <ConfirmDialog
      opened
      title={`Undo the merge with ${merge.from.name}?`}
      act="Undo merge"
      look="danger"
      reason={reason.trim().length < shortestReason && "Say why: it is kept in the audit log."}
      busy={undo.isPending}
      error={undo.error}
      onConfirm={() => undo.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        {plural(merge.accounts.length, "account")} (
        <bdi>{merge.accounts.map((account) => account.detail || account.name).join(", ")}</bdi>) go back to
        the identity they had, with the links and open cases of then.
      </p>
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}
