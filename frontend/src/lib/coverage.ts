import { dayClockText } from "./moment";
import { countText, plural } from "./number";

/** What a run says about how much it read. */
export interface Counted {
  read: number;
  /** Entries the server returned; -1 if it did not tell. */
  claimed: number;
  /** Rows that could not be used. */
  skipped?: number;
}

/** "1,214 of 1,214 rows", or "1,214 rows" where the server did not tell how many there are. */
export function rowsText(run: Counted): string {
  return run.claimed < 0
    ? plural(run.read, "row")
    : `${countText(run.read)} of ${plural(run.claimed, "row")}`;
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
    return `unchanged since ${dayClockText(new Date(unchanged.since), new Date())}, ${plural(unchanged.rows, "row")}`;
  }
  if (!lastComplete) return "";
  const { skipped } = lastComplete;
  return skipped ? `${rowsText(lastComplete)}, ${countText(skipped)} skipped` : rowsText(lastComplete);
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
