import { useQuery } from "@tanstack/react-query";
import type { Column } from "../../lib/columns";
import { countedText } from "../../lib/coverage";
import { entityPath } from "../../lib/entity";
import { plural } from "../../lib/number";
import { NumberLink, PageLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { type Run, type Source, sourceRunsQuery } from "./queries";
import { durationText, runWords } from "./runWords";
import { modeText } from "./scheduleWords";

const counts = (["added", "changed", "removed"] as const).map(
  (op): Column<Run> => ({
    id: op,
    header: { added: "Added", changed: "Changed", removed: "Removed" }[op],
    width: { added: 88, changed: 84, removed: 96 }[op],
    align: "right",
    cell: (run) => (
      <NumberLink
        value={run[op]}
        to={entityPath({ kind: "run", id: run.id })}
        search={{ tab: "changes", op }}
        label={`${op} in this run`}
      />
    ),
  }),
);

const columns: Column<Run>[] = [
  {
    id: "started",
    header: "Run",
    width: 164,
    cell: (run) => (
      <PageLink to={entityPath({ kind: "run", id: run.id })} className="b">
        <When at={run.startedAt} age="short" />
      </PageLink>
    ),
  },
  {
    id: "state",
    header: "State",
    width: 104,
    cell: (run) => (
      <Status tone={runWords[run.state].tone} title={runWords[run.state].means}>
        {runWords[run.state].word}
      </Status>
    ),
  },
  {
    id: "rows",
    header: "Read",
    cell: (run) => (
      <span className="t2" title={run.error || run.note}>
        {modeText(run)}
        {run.state !== "reading" && `, ${countedText(run)}`}
        {(run.error || run.note) && `. ${run.error || run.note}`}
      </span>
    ),
  },
  {
    id: "took",
    header: "Took",
    width: 84,
    align: "right",
    wideOnly: true,
    cell: (run) => <span className="age">{run.endedAt ? durationText(run.startedAt, run.endedAt) : ""}</span>,
  },
  ...counts,
];

/** How a source was read, newest first. */
export function SourceRuns({ source }: { source: Source }) {
  const runs = useQuery(sourceRunsQuery(source.id));
  return (
    <Section title="Runs" beside={runs.data && plural(runs.data.total, "run")}>
      {runs.data ? (
        runs.data.items.length > 0 ? (
          <Table label="Runs" columns={columns} rows={runs.data.items} rowKey={(run) => run.id} />
        ) : (
          <EmptyState>It has not been read yet.</EmptyState>
        )
      ) : runs.error ? (
        <ErrorState
          error={runs.error}
          what="The runs could not be read."
          onRetry={() => void runs.refetch()}
        />
      ) : (
        <LoadingRows rows={4} />
      )}
    </Section>
  );
}
