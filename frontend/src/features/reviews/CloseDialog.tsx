import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useGo } from "../../lib/address";
import type { Ref } from "../../lib/entity";
import { countText } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { PickOne } from "../../ui/PickField";
import { shortest } from "./plan";
import { type Detail, usePeople } from "./queries";
import { incomplete } from "./sums";
import { useDecidingAs } from "./useDecidingAs";
import { decidedOf } from "./verdicts";

const proposed = "I have seen the decisions of this campaign as they are recorded and acknowledge them.";

// Signing does not change who decides.
const stays = () => {};

/** Ends a campaign for good, with a name under it. */
export function CloseDialog({
  campaign,
  as,
  onClose,
}: {
  campaign: Detail;
  /** Who decides, as the address names them; the one who decided last signs unless another is picked. */
  as: string | undefined;
  onClose(): void;
}) {
  const client = useQueryClient();
  const go = useGo();
  const [present] = useDecidingAs(campaign, as, stays);
  const [picked, setPicked] = useState<Ref>();
  const [statement, setStatement] = useState(proposed);
  const [reason, setReason] = useState("");
  const signer = picked ?? present;
  const left = incomplete(campaign.arithmetic);
  const close = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/reviews/{id}/close", {
          params: { path: { id: campaign.id } },
          body: {
            signer: signer?.id ?? "",
            statement: statement.trim(),
            ...(left && { reason: reason.trim() }),
          },
        }),
      ),
    onSuccess: async () => {
      onClose();
      go(`/reviews/${campaign.id}`, { tab: "evidence" });
      await client.invalidateQueries({ queryKey: ["reviews"] });
    },
  });
  const gap =
    (!signer && "Say who signs off.") ||
    (statement.trim().length < shortest && "Say what the signer acknowledges.") ||
    (left && reason.trim().length < shortest && "Say why it is closed incomplete.");
  const a = campaign.arithmetic;
  return (
    <ConfirmDialog
      opened
      title="Close this campaign?"
      act="Close campaign"
      look="final"
      reason={gap || false}
      busy={close.isPending}
      error={close.error}
      onConfirm={() => close.mutate()}
      onClose={onClose}
    >
      <p>
        {countText(decidedOf(a))} of {countText(a.inScope)} items are decided, {countText(a.revoke)} of them
        revoke. <b className="b">This is final: nobody can change a decision afterwards.</b> Later reads still
        say what became of each revoke.
      </p>
      {left && (
        <Note tone="warn">Not complete: {left}. They stay as they are, and the evidence says so.</Note>
      )}
      <PickOne label="Signed by" value={signer} onChange={setPicked} useFound={usePeople} />
      <TextArea
        label="Statement"
        minRows={2}
        value={statement}
        onChange={(event) => setStatement(event.currentTarget.value)}
      />
      {left && (
        <TextArea
          label="Why it is closed incomplete"
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
    </ConfirmDialog>
  );
}
