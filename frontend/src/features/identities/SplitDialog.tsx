import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { useGo } from "../../lib/address";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { CheckField, TextArea } from "../../ui/Field";
import { shortestReason, useRelink } from "./links";

/** Makes some accounts of a person another person's, for good. */
export function SplitDialog({
  identity,
  opened,
  onClose,
}: {
  identity: Schema<"Identity">;
  opened: boolean;
  onClose(): void;
}) {
  const go = useGo();
  const [chosen, setChosen] = useState<string[]>([]);
  const [reason, setReason] = useState("");
  const split = useRelink(async () => {
    const done = await dataOf(
      api.POST("/identities/{id}/split", {
        params: { path: { id: identity.id } },
        body: { accounts: chosen, reason: reason.trim() },
      }),
    );
    go(`/identities/${done.identity}`, { tab: "accounts" });
  }, onClose);
  return (
    <ConfirmDialog
      opened={opened}
      title={`Split accounts off ${identity.name}?`}
      act="Split"
      look="danger"
      reason={
        (chosen.length === 0 && "Choose the accounts that are somebody else's.") ||
        (chosen.length === identity.accounts.length && "At least one account stays.") ||
        (reason.trim().length < shortestReason && "Say why: it is kept in the audit log.")
      }
      busy={split.isPending}
      error={split.error}
      onConfirm={() => split.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        The chosen accounts become a person of their own, under the id they had before if nobody has it. No
        rule joins them with the others again.
      </p>
      <fieldset className="bare" aria-label="Accounts to split off">
        {identity.accounts.map((account) => (
          <CheckField
            key={account.id}
            label={[account.login, account.source.name].filter(Boolean).join(" · ")}
            help={account.name}
            checked={chosen.includes(account.id)}
            onChange={(event) =>
              setChosen(
                event.currentTarget.checked
                  ? [...chosen, account.id]
                  : chosen.filter((each) => each !== account.id),
              )
            }
          />
        ))}
      </fieldset>
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}
