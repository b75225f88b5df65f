import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useGo } from "../../lib/address";
import { plural } from "../../lib/number";
import { ChoiceField } from "../../ui/ChoiceField";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import { mergeQuery, shortestReason, useRelink } from "./links";
import { PersonField } from "./PersonField";

interface Person {
  id: string;
  name: string;
  login?: string;
}

/** Merges one person into another, with what comes together said before. */
export function MergeDialog({
  identity: of,
  other,
  opened,
  onClose,
}: {
  identity: Person;
  /** Two are chosen already: which of them stays is left to say. */
  other?: Person;
  opened: boolean;
  onClose(): void;
}) {
  const go = useGo();
  const [chosen, setInto] = useState("");
  const into = chosen || (other?.id ?? "");
  const identity = other && into === of.id ? other : of;
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
      title={other ? `Merge ${of.name} and ${other.name}?` : `Merge ${of.name} into another person?`}
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
      {other ? (
        <ChoiceField
          label="Person that stays"
          value={into}
          choices={[other, of].map((each) => ({
            value: each.id,
            label: each.name,
            help: `${each.login || "no login"}, id ${each.id}`,
          }))}
          onChange={setInto}
        />
      ) : (
        <PersonField label="Person that stays" value={into} except={of.id} onChange={setInto} />
      )}
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
