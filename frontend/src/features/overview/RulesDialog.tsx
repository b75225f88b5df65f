import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { fieldProblem } from "../../lib/problem";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { NumberField } from "../../ui/Field";
import { ErrorState, LoadingRows } from "../../ui/States";
import { rulesQuery } from "./queries";

type Rules = Schema<"FindingRules">;

const fields: { id: keyof Rules; label: string; help: string; least: number; most: number }[] = [
  {
    id: "dormantDays",
    label: "Dormant after",
    help: "Days without a sign-in, 15 to 730.",
    least: 15,
    most: 730,
  },
  {
    id: "neverUsedDays",
    label: "Never used after",
    help: "Days since an account was created, 1 to 730.",
    least: 1,
    most: 730,
  },
  {
    id: "nestingSteps",
    label: "Nested reach from",
    help: "Steps to a privileged group, 2 to 20.",
    least: 2,
    most: 20,
  },
];

/** Sets from when on the checks notice. */
export function RulesDialog({ onClose }: { onClose(): void }) {
  const client = useQueryClient();
  const rules = useQuery(rulesQuery);
  const [typed, setTyped] = useState<Partial<Record<keyof Rules, number | undefined>>>({});
  const valueIn = (id: keyof Rules) => (id in typed ? typed[id] : rules.data?.[id]);
  const wrong = fields.find(({ id, least, most }) => {
    const value = valueIn(id);
    return value === undefined || value < least || value > most;
  });
  const save = useMutation({
    mutationFn: (body: Rules) => dataOf(api.PUT("/findings/rules", { body })),
    onSuccess: async () => {
      onClose();
      await Promise.all(
        ["findings", "overview", "identities", "accounts", "groups"].map((root) =>
          client.invalidateQueries({ queryKey: [root] }),
        ),
      );
    },
  });
  return (
    <ConfirmDialog
      opened
      title="Change thresholds"
      act="Save"
      reason={!rules.data ? "The thresholds are being read." : wrong && `${wrong.label}: ${wrong.help}`}
      busy={save.isPending}
      error={save.error}
      onConfirm={() => rules.data && save.mutate({ ...rules.data, ...typed })}
      onClose={onClose}
    >
      <p>The checks are made anew at once. What was accepted stays accepted.</p>
      {rules.error ? (
        <ErrorState
          error={rules.error}
          what="The thresholds could not be read."
          onRetry={() => void rules.refetch()}
        />
      ) : rules.data ? (
        fields.map(({ id, label, help, least, most }) => (
          <NumberField
            key={id}
            label={label}
            help={help}
            min={least}
            max={most}
            allowDecimal={false}
            error={fieldProblem(save.error, id)}
            value={valueIn(id) ?? ""}
            onChange={(value) =>
              setTyped((before) => ({ ...before, [id]: typeof value === "number" ? value : undefined }))
            }
          />
        ))
      ) : (
        <LoadingRows rows={3} />
      )}
    </ConfirmDialog>
  );
}
