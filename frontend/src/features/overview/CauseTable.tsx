import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { riskTone } from "../../lib/risk";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";

type Cause = Schema<"FindingCause">;

/** The address of the findings behind a cause. */
export function findingsOf({ kind, risk, cause }: Cause): Record<string, string> {
  return { kind, risk, ...(cause.kind === "group" ? { group: cause.id } : { source: cause.id }) };
}

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
  {
    id: "suchAs",
    header: "Such as",
    width: 224,
    cell: ({ suchAs }) => (
      <span title={`${suchAs.subject.name} ${suchAs.detail}`}>
        <EntityLink entity={suchAs.subject} mono={suchAs.subject.kind === "group"} />{" "}
        <span className="t3">{suchAs.detail}</span>
      </span>
    ),
  },
  {
    id: "firstSeen",
    header: "First seen",
    width: 104,
    wideOnly: true,
    cell: ({ suchAs }) => (
      <span className="age">
        <When at={suchAs.firstSeen} form="day" />
      </span>
    ),
  },
];

// Where the page has no second column the example has the room, not the title.
const wideColumns = columns.map(
  ({ width, ...column }): Column<Cause> =>
    column.id === "title"
      ? { ...column, width: 460 }
      : column.id === "suchAs" || width === undefined
        ? column
        : { ...column, width },
);

/** Findings, one line a cause: the group that is reached, or the source. */
export function CauseTable({ causes, wide }: { causes: Cause[]; wide?: boolean }) {
  return (
    <Table
      label="Riskiest findings"
      columns={wide ? wideColumns : columns}
      rows={causes}
      rowKey={(cause) => `${cause.kind}-${cause.risk}-${cause.cause.id}`}
    />
  );
}
