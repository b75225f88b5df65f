import type { Schema } from "../../api/client";
import { usePages } from "../../api/pages";
import type { Column } from "../../lib/columns";
import { EntityLink } from "../../ui/Links";
import { PathText } from "../../ui/PathText";
import { LoadingRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { differenceRows } from "./queries";

type Row = Schema<"DifferenceRow">;

const columnsOf = (ways: number): Column<Row>[] => [
  {
    id: "who",
    header: "Who",
    width: 240,
    cell: (row) =>
      row.subject ? <EntityLink entity={row.subject} strong /> : <span className="mono">{row.value}</span>,
  },
  {
    id: "what",
    header: "What",
    cell: (row) =>
      row.fields.length > 0 ? (
        row.fields.map((field) => (
          <div key={field.field} className="ell">
            <span className="t2">{field.field}</span> {field.before || <Word>none</Word>} →{" "}
            {field.after || <Word>none</Word>}
          </div>
        ))
      ) : row.path.length > 0 ? (
        <>
          <PathText path={row.path} />
          {row.path.length > 1 && ways > 1 && <div className="sm t2">{row.text}</div>}
        </>
      ) : (
        row.text
      ),
  },
  { id: "at", header: "Observed", width: 150, cell: (row) => row.at && <When at={row.at} /> },
  {
    id: "source",
    header: "The source says",
    width: 150,
    cell: (row) => (row.sourceTime ? <When at={row.sourceTime} /> : <Word>not collected</Word>),
  },
];

const most = 200;

/** The records behind a sentence. */
export function SentenceRows({
  asked,
  sentence,
  count,
  ways,
}: {
  asked: Parameters<typeof differenceRows>[0];
  sentence: string;
  count: number;
  /** By how many ways they gained or lost it; one is told in the sentence already. */
  ways: number;
}) {
  const { key, fetch } = differenceRows(asked, sentence);
  const rows = usePages(key, fetch);
  if (rows.loading) return <LoadingRows rows={Math.min(count, 6)} />;
  const shown = Array.from({ length: Math.min(rows.total, most) }, (_, index) => rows.at(index)).filter(
    (row): row is Row => row !== undefined,
  );
  return (
    <div className="pad" style={{ paddingBlock: 8 }}>
      <Table
        label="Who"
        look="second"
        columns={columnsOf(ways)}
        rows={shown}
        rowKey={(row) => `${row.subject?.id ?? row.value}-${row.event}-${row.text}`}
      />
      {rows.total > most && (
        <p className="sm t2">
          The first {most} of {rows.total}. The command line gives all: gatehouse diff --rows.
        </p>
      )}
    </div>
  );
}
