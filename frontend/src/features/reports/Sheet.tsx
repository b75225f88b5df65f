import type { Schema } from "../../api/client";
import { EntityLink } from "../../ui/Links";
import { Status, type Tone } from "../../ui/Status";
import { Word } from "../../ui/Word";
import type { Cell } from "./queries";

const outcomes: Partial<Record<NonNullable<Cell["kind"]>, Tone>> = {
  pass: "ok",
  fail: "danger",
  notApplicable: "neutral",
  cannotConclude: "warn",
};

/** How a cell stands: figures at the right, ids as they are stored, the outcome in sight however far the rest goes. */
function classOf({ name, kind }: Schema<"ReportColumn">): string | undefined {
  if (name === "outcome") return "kept";
  if (kind === "number") return "r";
  return kind === "id" ? "mono" : undefined;
}

/** The beginning of a table as the file holds it: all columns, head in place, sideways where they do not fit. */
export function Sheet({
  label,
  columns,
  rows,
}: {
  label: string;
  columns: Schema<"ReportColumn">[];
  rows: Cell[][];
}) {
  return (
    <div
      className="sheet"
      role="region"
      data-pane="list"
      tabIndex={0}
      aria-label={`${label}, the first rows`}
    >
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row of a report is its place
            <tr key={at}>
              {columns.map((column, place) => (
                <td key={column.name} className={classOf(column)} title={row[place]?.text}>
                  {row[place] && <Value cell={row[place]} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ cell }: { cell: Cell }) {
  const tone = cell.kind && outcomes[cell.kind];
  if (tone)
    return (
      <Status tone={tone} word={tone !== "neutral" && tone !== "ok"}>
        {cell.text}
      </Status>
    );
  if (cell.kind === "word") return <Word>{cell.text}</Word>;
  if (cell.about?.id) return <EntityLink entity={cell.about}>{<bdi>{cell.text}</bdi>}</EntityLink>;
  return <bdi>{cell.text}</bdi>;
}
