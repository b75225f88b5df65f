import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { CheckField, TextArea } from "../../ui/Field";
import { CodeList } from "./CodeList";
import { HandOver } from "./HandOver";
import { useHanded } from "./hand";
import type { Factor } from "./queries";
import { shortestReason } from "./RevokeFactor";

/** Makes a new set of recovery codes for the person behind a factor, and shows it once. */
export function NewCodes({ factor, left, onClose }: { factor: Factor; left: number; onClose(): void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const who = factor.identity.name;
  const make = useMutation({
    gcTime: 0, // what was shown once leaves the memory with this dialog
    mutationFn: () =>
      dataOf(
        api.POST("/identities/{id}/recovery-codes", {
          params: { path: { id: factor.identity.id } },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["factors"] }),
  });
  if (make.data) return <Shown factor={factor} codes={make.data.codes} onClose={onClose} />;
  return (
    <ConfirmDialog
      opened
      title={`New recovery codes for ${who}?`}
      act="Make new codes"
      reason={reason.trim().length < shortestReason && "Say why: it is kept in the audit log."}
      busy={make.isPending}
      error={make.error}
      onConfirm={() => make.mutate()}
      onClose={onClose}
    >
      <p>
        {left > 0
          ? `The ${plural(left, "code")} left of the old set end at once: what ${who} has on paper is worthless then.`
          : `${who} has none left. Nobody loses anything.`}{" "}
        The new ones are shown once.
      </p>
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}

function Shown({ factor, codes, onClose }: { factor: Factor; codes: string[]; onClose(): void }) {
  const [kept, setKept] = useState(false);
  const handed = useHanded(factor.id);
  const who = factor.identity.name;
  return (
    <Modal
      opened
      onClose={() => kept && onClose()}
      title={`Recovery codes of ${who}`}
      withCloseButton={false}
      closeOnClickOutside={false}
    >
      <div className="stack">
        <p data-autofocus tabIndex={-1}>
          Each works once. They are kept as hashes: nobody can show them again.
        </p>
        <CodeList codes={codes} />
        <HandOver codes={codes} name={who} handed={handed} />
        <CheckField
          label={`${who} has the codes, on paper or saved`}
          checked={kept}
          onChange={(event) => setKept(event.currentTarget.checked)}
        />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button
            size="lg"
            look="primary"
            reason={!kept && "They cannot be shown again: hand them over first."}
            onClick={onClose}
          >
            Close
          </Button>
        </div>
      </div>
    </Modal>
  );
}
