import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { riskTone } from "../../lib/risk";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { sourceColumn } from "../../ui/sourceColumn";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";

type Cause = Schema<"FindingCause">;

/** The address of the findings behind a cause. */
export function findingsOf({ kind, risk, cause }: Cause): Record<string, string> {
  return { kind, risk, ...(cause.kind === "group" ? { group: cause.id } : { source: cause.id }) };
}

/** What tells who is meant and why; where it is narrow the reason is in the tooltip alone. */
const suchAs = (detailed: boolean): Column<Cause> => ({
  id: "suchAs",
  header: "Such as",
  cell: ({ suchAs: { subject, detail } }) => (
    <span title={`${subject.name} ${detail}`}>
      <EntityLink entity={subject} mono={subject.kind === "group"} />{" "}
      {detailed && <span className="t3">{detail}</span>}
    </span>
  ),
});

const columns: Column<Cause>[] = [
  {
    id: "risk",
    header: "Risk",
    width: 104,
    cell: (cause) => (
      <Status tone={riskTone(cause.risk)} word>
        {cause.risk}
      </Status>
    ),
  },
  {
    id: "count",
    header: "Count",
    width: 56,
    align: "right",
    cell: (cause) => (
      <NumberLink
        value={cause.count}
        to="/findings"
        search={findingsOf(cause)}
        label={`findings: ${cause.title}, ${cause.cause.name}`}
      />
    ),
  },
  {
    id: "title",
    header: "Finding",
    cell: (cause) => (
      <PageLink to="/findings" search={findingsOf(cause)} title={`${cause.title}, ${cause.cause.name}`}>
        {cause.title} {cause.cause.kind === "group" && <span className="t3 mono">{cause.cause.name}</span>}
      </PageLink>
    ),
  },
];

const firstSeen: Column<Cause> = {
  id: "firstSeen",
  header: "First seen",
  width: 104,
  wideOnly: true,
  cell: ({ suchAs }) => (
    <span className="age">
      <When at={suchAs.firstSeen} form="day" />
    </span>
  ),
};

const sourceOf = (cause: Cause) => cause.suchAs.source;

/** Beside a second column room is short: with several sources, which one is needed most. */
function narrowColumns(sources: readonly unknown[] | undefined): Column<Cause>[] {
  const source = sourceColumn(sources, sourceOf, { width: 128 });
  return source.length > 0
    ? [...columns, { ...suchAs(false), width: 152 }, ...source]
    : [...columns, { ...suchAs(true), width: 224 }, firstSeen];
}

/** Where the page has no second column the example has the room, not the title. */
function wideColumns(sources: readonly unknown[] | undefined): Column<Cause>[] {
  const source = sourceColumn(sources, sourceOf);
  const title = source.length > 0 ? 360 : 460;
  return [
    ...columns.map((column) => (column.id === "title" ? { ...column, width: title } : column)),
    suchAs(true),
    ...source,
    firstSeen,
  ];
}

/** Findings, one line a cause: the group that is reached, or the source. */
export function CauseTable({
  causes,
  sources,
  wide,
}: {
  causes: Cause[];
  /** What is connected; only where there is more than one a line says which it is of. */
  sources: readonly unknown[] | undefined;
  wide?: boolean;
}) {
  return (
    <Table
      label="Riskiest findings"
      columns={wide ? wideColumns(sources) : narrowColumns(sources)}
      rows={causes}
      rowKey={(cause) => `${cause.kind}-${cause.risk}-${cause.cause.id}`}
    />
  );
}
