import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../api/session";
import type { Column } from "../../lib/columns";
import { countedText } from "../../lib/coverage";
import { entityPath } from "../../lib/entity";
import { countText, plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { Card, Note, Section } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { type RunDetail, remedyOf, sourceQuery } from "./queries";
import { ReleaseRun } from "./ReleaseRun";
import { durationText, nounWords, runWords } from "./runWords";
import { driftText, modeText } from "./scheduleWords";

/** Why a run stopped or what it brought, and its facts. */
export function RunSummary({ run }: { run: RunDetail }) {
  return (
    <>
      {(run.error || run.state === "interrupted" || run.state === "cancelled") && <Stopped run={run} />}
      {run.holdReasons.length > 0 && <Held run={run} />}
      {run.note && <Noted run={run} />}
      <div className="cols page">
        <div>
          <Brought run={run} />
        </div>
        <div>
          <Facts run={run} />
        </div>
      </div>
    </>
  );
}

/** Why a run is not complete, and what would help as long as it is the newest. */
function Stopped({ run }: { run: RunDetail }) {
  const source = useQuery(sourceQuery(run.source.id));
  return (
    <div className="pad">
      <Note tone={run.state === "partial" ? "danger" : "warn"}>
        <b className="b">{runWords[run.state].means}</b>
        <br />
        {run.error} {source.data?.newest?.id === run.id && remedyOf(source.data)}
      </Note>
    </div>
  );
}

/** What is to be known of how it was read. */
function Noted({ run }: { run: RunDetail }) {
  return (
    <div className="pad">
      <Note {...(run.drift && { tone: "warn" as const })}>{run.note}</Note>
    </div>
  );
}

function Held({ run }: { run: RunDetail }) {
  const mayRelease = useMay("source.manage") && run.state === "held";
  const [asking, setAsking] = useState(false);
  return (
    <div style={{ paddingTop: 16 }}>
      <Card
        title={run.state === "held" ? "Held before it was applied" : "Why it was held"}
        beside={plural(run.holdReasons.length, "reason")}
        aside={
          mayRelease && (
            <Button size="sm" onClick={() => setAsking(true)}>
              Release…
            </Button>
          )
        }
      >
        <Table
          label="Why the run is held"
          look="plain"
          columns={[
            {
              id: "title",
              header: "Reason",
              width: 360,
              cell: (reason) => (
                <span className="b" title={reason.title}>
                  {reason.title}
                </span>
              ),
            },
            {
              id: "subject",
              header: "About",
              cell: (reason) => (
                <span className={reason.about === "source" ? "t2" : "mono"} title={reason.subject}>
                  {reason.subject}
                </span>
              ),
            },
            {
              id: "before",
              header: "Before",
              width: 88,
              align: "right",
              cell: (reason) => countText(reason.before),
            },
            {
              id: "after",
              header: "After",
              width: 88,
              align: "right",
              cell: (reason) => <b className="b">{countText(reason.after)}</b>,
            },
          ]}
          rows={run.holdReasons}
          rowKey={(reason) => `${reason.rule} ${reason.subject}`}
        />
      </Card>
      {mayRelease && <ReleaseRun run={run} opened={asking} onClose={() => setAsking(false)} />}
    </div>
  );
}

interface Row {
  noun: RunDetail["counts"][number]["noun"];
  added: number;
  changed: number;
  removed: number;
}

/** The counts of a run as rows by noun; nouns nothing happened to are left out. */
export function byNoun(counts: RunDetail["counts"]): Row[] {
  const rows = new Map<Row["noun"], Row>();
  for (const { noun, op, count } of counts) {
    const row = rows.get(noun) ?? { noun, added: 0, changed: 0, removed: 0 };
    row[op] += count;
    rows.set(noun, row);
  }
  return [...rows.values()].filter((row) => row.added + row.changed + row.removed > 0);
}

function Brought({ run }: { run: RunDetail }) {
  const rows = byNoun(run.counts);
  const to = entityPath({ kind: "run", id: run.id });
  const count = (op: "added" | "changed" | "removed", header: string): Column<Row> => ({
    id: op,
    header,
    width: 112,
    align: "right",
    cell: (row) => (
      <NumberLink
        value={row[op]}
        to={to}
        search={{ tab: "changes", noun: row.noun, op }}
        label={`${nounWords[row.noun].many} ${op}`}
      />
    ),
  });
  const applied = run.state === "applied" || run.state === "released";
  return (
    <Section
      title={applied ? "What it changed here" : "What it would change here"}
      beside="nothing changes in the directory"
    >
      {run.state === "reading" ? (
        <EmptyState>It is compared when it is complete.</EmptyState>
      ) : run.coverage === "partial" ? (
        <EmptyState>An incomplete read is not compared: what did not come may still be there.</EmptyState>
      ) : rows.length === 0 ? (
        <EmptyState>Nothing differs from the run before.</EmptyState>
      ) : (
        <Table
          label="Changes by noun"
          columns={[
            {
              id: "noun",
              header: "What",
              cell: (row) => <span className="b">{nounWords[row.noun].many}</span>,
            },
            count("added", "Added"),
            count("changed", "Changed"),
            count("removed", "Removed"),
          ]}
          rows={rows}
          rowKey={(row) => row.noun}
        />
      )}
    </Section>
  );
}

function Facts({ run }: { run: RunDetail }) {
  return (
    <Section title="Facts">
      <div className="pad" style={{ paddingTop: 0 }}>
        <KeyValue
          facts={[
            { label: "Source", value: <EntityLink entity={run.source} /> },
            { label: "Server", value: run.server || <Word>unknown</Word>, title: run.server },
            { label: "Read", value: modeText(run) },
            run.drift !== undefined && { label: "Drift", value: driftText(run.drift) },
            { label: "Started", value: <When at={run.startedAt} /> },
            { label: "Ended", value: run.endedAt ? <When at={run.endedAt} /> : <Word>not yet</Word> },
            {
              label: "Took",
              value: run.endedAt ? durationText(run.startedAt, run.endedAt) : <Word>not yet</Word>,
            },
            { label: "Coverage", value: `${run.coverage}, ${countedText(run)}` },
            run.event
              ? {
                  label: "Audit event",
                  value: (
                    <PageLink to="/audit" search={{ open: String(run.event) }} className="n">
                      {countText(run.event)}
                    </PageLink>
                  ),
                }
              : { label: "Audit event", value: <Word>none: it was not applied</Word> },
          ]}
        />
      </div>
    </Section>
  );
}
