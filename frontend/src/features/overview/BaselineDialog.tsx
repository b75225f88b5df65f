import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { countText, plural } from "../../lib/number";
import type { Risk } from "../../lib/risk";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { SelectField, TextField } from "../../ui/Field";
import { dayAhead } from "./AcceptDialog";
import { overviewQuery } from "./queries";

const risks: Risk[] = ["low", "medium", "high", "critical"];

/** How many of the open findings are of this risk or below; held runs and drift are mended, not accepted. */
export function countUpTo(groups: { kind: string; risk: Risk; count: number }[], upTo: Risk): number {
  return groups
    .filter(
      ({ kind, risk }) =>
        kind !== "heldRun" && kind !== "drift" && risks.indexOf(risk) <= risks.indexOf(upTo),
    )
    .reduce((sum, { count }) => sum + count, 0);
}

/** Accepts what is here today, so that what is new shows. */
export function BaselineDialog({ onClose }: { onClose(): void }) {
  const client = useQueryClient();
  const overview = useQuery(overviewQuery);
  const groups = overview.data?.findings ?? [];
  const [name, setName] = useState(`Baseline ${dayAhead(0)}`);
  const [until, setUntil] = useState(dayAhead(90));
  const [upTo, setUpTo] = useState<Risk>("medium");
  const count = countUpTo(groups, upTo);
  const left = groups.reduce((sum, group) => sum + group.count, 0) - count;
  const accept = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/findings/baseline", {
          body: { name: name.trim(), until: `${until}T00:00:00Z`, upTo, count },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ["findings"] });
      await client.invalidateQueries({ queryKey: ["overview"] });
    },
    onError: () => client.invalidateQueries({ queryKey: ["overview"] }),
  });
  const gap =
    (count === 0 && "No open finding fits.") ||
    (name.trim().length < 3 && "Name the baseline.") ||
    (!until && "Say until when.");
  return (
    <ConfirmDialog
      opened
      title="Accept what is here today as a baseline?"
      act={`Accept ${countText(count)}`}
      reason={gap || false}
      busy={accept.isPending}
      error={accept.error}
      onConfirm={() => accept.mutate()}
      onClose={onClose}
    >
      <p>
        {plural(count, "finding")} leave the open list until the date; {countText(left)} stay. What is new,
        and what gets worse, shows. Nothing changes in the directory.
      </p>
      <TextField
        label="Name"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <SelectField
        label="Up to this risk"
        help="Riskier findings stay open."
        data={risks}
        value={upTo}
        allowDeselect={false}
        onChange={(value) => setUpTo((value ?? "medium") as Risk)}
      />
      <TextField
        label="Until"
        type="date"
        min={dayAhead(1)}
        max={dayAhead(365)}
        help="At most a year."
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
