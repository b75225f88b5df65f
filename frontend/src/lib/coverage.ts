import { dayClockText } from "./moment";
import { countText, plural } from "./number";

/** What a run says about how much it read. */
export interface Counted {
  mode?: "full" | "incremental" | undefined;
  /** What is counted: entries of a directory, rows of a table. */
  unit: "entry" | "row";
  /** Those that could be used. */
  read: number;
  /** What the server returned, or the file holds; -1 if it did not tell. */
  claimed: number;
  /** Those that could not be used. */
  skipped: number;
}

/** "1 row", "12 entries". */
export function unitText(n: number, unit: Counted["unit"]): string {
  return plural(n, unit, unit === "row" ? "rows" : "entries");
}

/** "1,214 of 1,218 entries", or "3 changed entries": what was not told cannot be divided by. */
export function readText({ mode, unit, read, claimed }: Counted): string {
  if (mode === "incremental")
    return plural(read, `changed ${unit}`, `changed ${unit === "row" ? "rows" : "entries"}`);
  return claimed < 0 ? unitText(read, unit) : `${countText(read)} of ${unitText(claimed, unit)}`;
}

/** "1,214 of 1,218 entries, 4 skipped": all parts of it, so that they add up. */
export function countedText(run: Counted): string {
  return run.skipped > 0 ? `${readText(run)}, ${countText(run.skipped)} skipped` : readText(run);
}

export type SourceStatus = "never" | "reading" | "complete" | "held" | "partial" | "stale" | "configChanged";

/** The dot and the word for how much of a source the answers cover. */
export const statusWords: Record<SourceStatus, { tone: "ok" | "warn" | "accent" | "none"; word: string }> = {
  never: { tone: "none", word: "never read" },
  reading: { tone: "accent", word: "reading" },
  complete: { tone: "ok", word: "complete" },
  held: { tone: "warn", word: "held" },
  partial: { tone: "warn", word: "partial" },
  stale: { tone: "warn", word: "stale" },
  configChanged: { tone: "warn", word: "changed" },
};

/** The rows of what is shown: as they were counted, or since when they are the same. */
function shownText({
  lastComplete,
  unchanged,
}: Pick<Parameters<typeof coverageText>[0], "lastComplete" | "unchanged">) {
  if (unchanged) {
    const rows = unitText(unchanged.rows, lastComplete?.unit ?? "entry");
    return `unchanged since ${dayClockText(new Date(unchanged.since), new Date())}, ${rows}`;
  }
  return lastComplete ? countedText(lastComplete) : "";
}

/** The clause after the word: the counted rows, or why there is a newer run that is not shown. */
export function coverageText(source: {
  status: SourceStatus;
  statusText: string;
  lastComplete?: Counted | undefined;
  /** Where the run that is shown found nothing new. */
  unchanged?: { since: string; rows: number } | undefined;
  newest?: { error?: string | undefined } | undefined;
}): string {
  switch (source.status) {
    case "held":
      return "a newer run waits";
    case "configChanged":
      return "the next read is a preview";
    case "partial":
      return source.newest?.error ?? source.statusText;
    case "complete":
    case "stale":
      return shownText(source);
    case "reading": {
      const shown = shownText(source);
      return shown && `until then ${shown}`;
    }
    case "never":
      return "";
  }
}
