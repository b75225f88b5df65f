import type { Schema } from "../../api/client";
import { plural } from "../../lib/number";

export type Schedule = Schema<"Schedule">;
export type ScheduleDraft = Schema<"ScheduleDraft">;
type TimeWindow = Schema<"TimeWindow">;
type Day = TimeWindow["days"][number];

/** What a new source is given, and what is proposed where there is no schedule. */
export const usual: ScheduleDraft = {
  every: 60,
  cron: "",
  fullEvery: 7 * 24 * 60,
  privilegedEvery: 0,
  windows: [],
  live: false,
};

const units = [
  { minutes: 24 * 60, one: "day", many: "days" },
  { minutes: 60, one: "hour", many: "hours" },
  { minutes: 1, one: "minute", many: "minutes" },
];

/** A span in minutes in words: "every 15 minutes", "every hour", "every 7 days". */
export function everyText(minutes: number): string {
  const unit = units.find((each) => minutes % each.minutes === 0) ?? { minutes: 1, one: "", many: "minutes" };
  const n = minutes / unit.minutes;
  return n === 1 ? `every ${unit.one}` : `every ${n} ${unit.many}`;
}

const days: Day[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const week: Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A window as it is typed: "mon-fri 20:00-06:00". */
export function windowText({ days: some, from, to }: TimeWindow): string {
  const parts: string[] = [];
  for (let i = 0; i < 7; i++) {
    const first = week[i];
    if (!first || !some.includes(first)) continue;
    let last = first;
    while (i + 1 < 7 && some.includes(week[i + 1] as Day)) last = week[++i] as Day;
    parts.push(first === last ? first : `${first}-${last}`);
  }
  return `${some.length === 7 ? "" : `${parts.join(",")} `}${from}-${to}`;
}

const windowForm = /^(?:([a-z,-]+)\s+)?(\d\d:\d\d)-(\d\d:\d\d)$/;

function daysOf(text: string): Day[] | undefined {
  const all: Day[] = [];
  for (const part of text.split(",")) {
    const [first = "", last = first] = part.split("-");
    let i = days.indexOf(first as Day);
    const end = days.indexOf(last as Day);
    if (i < 0 || end < 0) return undefined;
    for (; ; i = (i + 1) % 7) {
      all.push(days[i] as Day);
      if (i === end) break;
    }
  }
  return [...new Set(all)];
}

/** The windows in a text of one a line, or the line that is none. */
export function windowsIn(text: string): { windows: TimeWindow[]; wrong?: string } {
  const windows: TimeWindow[] = [];
  for (const line of text.toLowerCase().split("\n")) {
    if (!line.trim()) continue;
    const [, names, from = "", to = ""] = windowForm.exec(line.trim()) ?? [];
    const some = names === undefined ? days : daysOf(names);
    if (!from || !some) return { windows, wrong: line.trim() };
    windows.push({ days: some, from, to });
  }
  return { windows };
}

/** What a run reads, or is to read, in words. */
export const nextWords: Record<NonNullable<Schedule["nextIs"]>, string> = {
  changes: "changes",
  full: "everything",
  privileged: "privileged groups",
};

/** What a run read, in words. */
export function modeText({ mode, scope }: Pick<Schema<"Run">, "mode" | "scope">): string {
  if (scope === "privileged") return "Privileged groups only";
  return mode === "full" ? "Full read" : "Changes only";
}

/** What a full read found that the reads of changes had missed. */
export function driftText(drift: number): string {
  return drift === 0 ? "none: nothing had been missed" : plural(drift, "missed difference");
}
