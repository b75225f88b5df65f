import type { ReactNode } from "react";
import type { Column } from "../lib/columns";
import type { Ref } from "../lib/entity";
import { countText } from "../lib/number";
import type { Rows } from "../lib/rows";
import { EntityLink, PageLink } from "./Links";
import { PagedTable } from "./PagedTable";
import { When } from "./When";

export interface TimelineEntry {
  /** When it was observed. */
  at: string;
  event: number;
  source?: string;
  text: string;
  about?: Ref;
  /** When the source had last been read without it. */
  after?: string;
  /** When the source itself says it happened. */
  sourceTime?: string;
}

/** When it happened: as the source says, else between two reads. */
function Happened({ entry }: { entry: TimelineEntry }) {
  if (entry.sourceTime)
    return (
      <>
        <When at={entry.sourceTime} /> <span className="t3">at the source</span>
      </>
    );
  if (entry.after)
    return (
      <span className="t2">
        between <When at={entry.after} /> and <When at={entry.at} form="near" />
      </span>
    );
  return (
    <span className="t2">
      by <When at={entry.at} />
    </span>
  );
}

/** What was observed, newest first, in short: for the inspector. */
export function ShortTimeline({ entries }: { entries: TimelineEntry[] }) {
  return (
    <dl className="tl">
      {entries.map((entry) => [
        <dt key={`${entry.event}-${entry.text}-when`}>
          <When at={entry.at} />
        </dt>,
        <dd key={`${entry.event}-${entry.text}`} title={entry.text}>
          <EntryText entry={entry} /> {entry.source && <span className="t3">{entry.source}</span>}
        </dd>,
      ])}
    </dl>
  );
}

/** One entry in words, with a link to what it is about. */
export function EntryText({ entry }: { entry: TimelineEntry }): ReactNode {
  return (
    <>
      {entry.text} {entry.about && <EntityLink entity={entry.about} strong />}
    </>
  );
}

const columns: Column<TimelineEntry>[] = [
  { id: "at", header: "Observed", width: 188, cell: (entry) => <When at={entry.at} age="ago" /> },
  { id: "text", header: "What", cell: (entry) => <EntryText entry={entry} /> },
  {
    id: "sourceTime",
    header: "Happened",
    width: 252,
    wideOnly: true,
    cell: (entry) => <Happened entry={entry} />,
  },
  { id: "source", header: "Source", width: 196, cell: (entry) => <span className="t2">{entry.source}</span> },
  {
    id: "event",
    header: "Event",
    width: 88,
    align: "right",
    cell: (entry) => (
      <PageLink to="/audit" search={{ open: String(entry.event) }} className="n">
        {countText(entry.event)}
      </PageLink>
    ),
  },
];

/** All that was observed, newest first. */
export function Timeline({ rows }: { rows: Rows<TimelineEntry> }) {
  return (
    <PagedTable
      label="Timeline"
      columns={columns}
      rows={rows}
      rowKey={(entry) => `${entry.event}-${entry.text}-${entry.about?.id ?? ""}`}
      empty="Nothing was observed yet."
    />
  );
}
