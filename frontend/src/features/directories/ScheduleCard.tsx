import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { useMay } from "../../api/session";
import { Button } from "../../ui/Button";
import { type Fact, KeyValue } from "../../ui/KeyValue";
import { Section } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Status, type Tone } from "../../ui/Status";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { type Source, scheduleQuery } from "./queries";
import { ScheduleDialog } from "./ScheduleDialog";
import { everyText, nextWords, type Schedule, windowText } from "./scheduleWords";

/** When a source is read by itself, and what comes next. */
export function ScheduleCard({ source }: { source: Source }) {
  const schedule = useQuery(scheduleQuery(source.id));
  const mayManage = useMay("source.manage");
  const [changing, setChanging] = useState(false);
  return (
    <Section
      title="Schedule"
      aside={
        mayManage &&
        schedule.data && (
          <Button size="sm" onClick={() => setChanging(true)}>
            Change…
          </Button>
        )
      }
    >
      {schedule.data ? (
        <div className="pad" style={{ paddingTop: 0 }}>
          <KeyValue facts={factsOf(schedule.data)} />
        </div>
      ) : schedule.error ? (
        <ErrorState
          error={schedule.error}
          what="The schedule could not be read."
          onRetry={() => void schedule.refetch()}
        />
      ) : (
        <LoadingRows rows={2} />
      )}
      {changing && schedule.data && (
        <ScheduleDialog source={source} schedule={schedule.data} onClose={() => setChanging(false)} />
      )}
    </Section>
  );
}

function factsOf(s: Schedule): Fact[] {
  if (s.off) return [{ label: "Read", value: <Word>by hand only</Word> }];
  const facts: Fact[] = [
    {
      label: "Read",
      value: s.every ? (
        everyText(s.every)
      ) : s.cron ? (
        <span className="mono">{s.cron}</span>
      ) : (
        <Word>not by the clock</Word>
      ),
    },
    { label: "In full", value: s.fullEvery ? everyText(s.fullEvery) : <Word>by hand only</Word> },
  ];
  if (s.privilegedEvery) facts.push({ label: "Privileged groups", value: everyText(s.privilegedEvery) });
  if (s.windows.length > 0)
    facts.push({
      label: "Only",
      value: <span className="wrap">{s.windows.map(windowText).join("; ")}</span>,
      title: s.zone,
    });
  facts.push({
    label: "Live",
    value: s.live ? <Watch watch={s.watch} limited={s.windows.length > 0} /> : <Word>off</Word>,
  });
  if (s.next) facts.push({ label: "Next", value: <Next schedule={s} next={s.next} /> });
  return facts;
}

/** When the next read is due, what it reads, and why it waits. */
function Next({ schedule, next }: { schedule: Schedule; next: string }) {
  return (
    <span className="wrap">
      {schedule.due ? "now" : <When at={next} />}
      {schedule.nextIs && <span className="t2">, {nextWords[schedule.nextIs]}</span>}
      {schedule.waiting && (
        <span className="t2">
          <br />
          {schedule.waiting}
        </span>
      )}
    </span>
  );
}

const watchWords: Record<Schema<"LiveWatch">["state"], { tone: Tone; word: string }> = {
  watching: { tone: "ok", word: "watching" },
  reconnecting: { tone: "warn", word: "reconnecting" },
  waiting: { tone: "neutral", word: "waiting" },
  unsupported: { tone: "none", word: "not possible here" },
};

/** How the watching stands: since when, or why not. */
function Watch({ watch, limited }: { watch: Schedule["watch"]; limited: boolean }) {
  if (!watch) return limited ? "on, within these times" : <Word>on, and nobody watches now</Word>;
  const { tone, word } = watchWords[watch.state];
  return (
    <span className="wrap">
      <Status tone={watch.because && watch.state === "watching" ? "warn" : tone}>{word}</Status>
      {watch.state !== "unsupported" && (
        <span className="t2">
          {" "}
          since <When at={watch.since} form="recent" />
        </span>
      )}
      {watch.because && (
        <span className="t2">
          <br />
          {watch.because}
        </span>
      )}
    </span>
  );
}
