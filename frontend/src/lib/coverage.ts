import { countText, plural } from "./number";

/** What a run says about how much it read. */
export interface Counted {
  read: number;
  /** Entries the server returned; -1 if it did not tell. */
  claimed: number;
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

/** The clause after the word: the counted rows, or why there is a newer run that is not shown. */
export function coverageText(source: {
  status: SourceStatus;
  statusText: string;
  lastComplete?: Counted | undefined;
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
      return source.lastComplete ? rowsText(source.lastComplete) : "";
    case "reading":
      return source.lastComplete ? `until then ${rowsText(source.lastComplete)}` : "";
    case "never":
      return "";
  }
}
