import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { fieldProblem } from "../../lib/problem";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { CheckField, NumberField, SelectField, TextArea, TextField } from "../../ui/Field";
import type { Source } from "./queries";
import { type Schedule, type ScheduleDraft, usual, windowsIn, windowText } from "./scheduleWords";

const ways = [
  { value: "every", label: "Every so many minutes" },
  { value: "cron", label: "By a cron expression" },
  { value: "never", label: "Not by the clock" },
];

/** Sets when a source is read by itself. */
export function ScheduleDialog({
  source,
  schedule,
  onClose,
}: {
  source: Source;
  schedule: Schedule;
  onClose(): void;
}) {
  const client = useQueryClient();
  const start = schedule.setAt ? schedule : usual;
  const [way, setWay] = useState(start.cron ? "cron" : start.every ? "every" : "never");
  const [every, setEvery] = useState(start.every || usual.every);
  const [cron, setCron] = useState(start.cron || "30 2 * * *");
  const [fullDays, setFullDays] = useState(start.fullEvery / 1440);
  const [privileged, setPrivileged] = useState(start.privilegedEvery);
  const [windows, setWindows] = useState(start.windows.map(windowText).join("\n"));
  const [live, setLive] = useState(start.live);
  const typed = windowsIn(windows);
  const draft: ScheduleDraft = {
    every: way === "every" ? every : 0,
    cron: way === "cron" ? cron.trim() : "",
    fullEvery: Math.round(fullDays * 1440),
    privilegedEvery: privileged,
    windows: typed.windows,
    live,
  };
  const save = useMutation({
    mutationFn: () =>
      dataOf(api.PUT("/sources/{id}/schedule", { params: { path: { id: source.id } }, body: draft })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ["sources"] });
    },
  });
  const wrong = typed.wrong && `"${typed.wrong}" is no time window.`;
  const fields = ["every", "cron", "fullEvery", "privilegedEvery", "windows"] as const;
  const named = fields.some((field) => fieldProblem(save.error, field));
  return (
    <ConfirmDialog
      opened
      title={`When ${source.name} is read by itself`}
      act="Save schedule"
      reason={
        wrong ||
        (way === "every" && every < 1 && "Give the minutes.") ||
        (way === "cron" && !cron.trim() && "Give the expression.")
      }
      busy={save.isPending}
      error={named ? undefined : save.error}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <SelectField label="Read" data={ways} value={way} onChange={(value) => value && setWay(value)} />
      {way === "every" && (
        <NumberField
          label="Minutes between two reads"
          min={1}
          value={every}
          error={fieldProblem(save.error, "every")}
          onChange={(value) => setEvery(Number(value))}
        />
      )}
      {way === "cron" && (
        <TextField
          label="Cron expression"
          mono
          help={`Minute, hour, day of the month, month, day of the week. Times are ${schedule.zone}.`}
          value={cron}
          error={fieldProblem(save.error, "cron")}
          onChange={(event) => setCron(event.currentTarget.value)}
        />
      )}
      <NumberField
        label="Days between two full reads"
        help="The others read changes alone, where the directory can tell them. A full read finds what they had missed. 0 for by hand only."
        min={0}
        value={fullDays}
        error={fieldProblem(save.error, "fullEvery")}
        onChange={(value) => setFullDays(Number(value))}
      />
      <NumberField
        label="Minutes between two looks at the privileged groups"
        help="0 for none in between."
        min={0}
        value={privileged}
        error={fieldProblem(save.error, "privilegedEvery")}
        onChange={(value) => setPrivileged(Number(value))}
      />
      <TextArea
        label="Only in these times"
        optional
        mono
        minRows={2}
        placeholder="mon-fri 20:00-06:00"
        help={`One a line, ${schedule.zone}. Read now is always possible.`}
        value={windows}
        error={wrong || fieldProblem(save.error, "windows")}
        onChange={(event) => setWindows(event.currentTarget.value)}
      />
      <CheckField
        label="Live"
        help="Read as soon as the directory says that something changed, where it can."
        checked={live}
        onChange={(event) => setLive(event.currentTarget.checked)}
      />
    </ConfirmDialog>
  );
}
