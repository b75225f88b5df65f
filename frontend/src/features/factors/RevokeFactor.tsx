import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { plural } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { TextArea } from "../../ui/Field";
import { activeOf, type Factor, type IdentityFactors } from "./queries";

/** The shortest reason the server takes. */
export const shortestReason = 3;

/** What a person loses with a factor, in words. */
export function consequence(factor: Factor, of: IdentityFactors | undefined): string {
  const who = factor.identity.name;
  if (factor.state === "pending")
    return `It was never proven, so nobody loses anything. The key shown to ${who} becomes useless.`;
  const others = activeOf(of).filter((each) => each.id !== factor.id);
  if (others.length > 0)
    return `Codes of this factor are refused at once. ${who} can still be verified with ${others.map((each) => each.name).join(" and ")}.`;
  const left = of?.recoveryCodes.left ?? 0;
  const codes = left > 0 ? ` ${plural(left, "recovery code")} ${left === 1 ? "ends" : "end"} with it.` : "";
  return `Codes of this factor are refused at once. ${who} has no other, so nobody can verify ${who} as a caller until a new one is enrolled.${codes}`;
}

/** Asks before a factor ends, with who loses what, and why. */
export function RevokeFactor({
  factor,
  of,
  onClose,
}: {
  factor: Factor;
  of: IdentityFactors | undefined;
  onClose(): void;
}) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const revoke = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/factors/{id}/revoke", {
          params: { path: { id: factor.id } },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ["factors"] });
    },
  });
  return (
    <ConfirmDialog
      opened
      title={`Revoke ${factor.name}?`}
      act="Revoke factor"
      look="final"
      reason={reason.trim().length < shortestReason && "Say why: it is kept in the audit log."}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        {consequence(factor, of)} It guards no directory sign-in, so no account is affected. There is no undo.
      </p>
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}
