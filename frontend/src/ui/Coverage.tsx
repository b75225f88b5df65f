import { type Counted, coverageText, type SourceStatus, statusWords } from "../lib/coverage";
import { entityPath } from "../lib/entity";
import { PageLink } from "./Links";
import { Status } from "./Status";

/** The part of a source this looks at. */
export interface Covered {
  name: string;
  status: SourceStatus;
  statusText: string;
  lastComplete?: Counted & { id: string };
  unchanged?: { since: string; rows: number };
  newest?: { id: string; error?: string };
}

/** How much of a source the answers cover, and the way to a newer run that is not shown. */
export function Coverage({ source }: { source: Covered }) {
  const { tone, word } = statusWords[source.status];
  const text = coverageText(source);
  const newer =
    source.status !== "complete" && source.newest && source.newest.id !== source.lastComplete?.id
      ? source.newest
      : undefined;
  return (
    <span className="row">
      <Status tone={tone}>{word}</Status>
      <span className="t2 ell" title={text}>
        {text}
      </span>
      {newer && (
        <PageLink
          to={entityPath({ kind: "run", id: newer.id })}
          className="why"
          aria-label={`Look at run, the newest of ${source.name}`}
        >
          Look at run
        </PageLink>
      )}
    </span>
  );
}
