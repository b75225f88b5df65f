import { useMediaQuery } from "@mantine/hooks";
import type { MouseEvent } from "react";
import { ariaSort, type Column } from "../lib/columns";
import { ColumnHead } from "./ColumnHead";

/** True where the least needed columns have left. */
export function useNarrow(): boolean {
  return useMediaQuery("(max-width: 1360px)", false, { getInitialValueInEffect: false }) ?? false;
}

/** True where a press on a row was meant for something inside it. */
export function meantForInside(event: MouseEvent): boolean {
  return (event.target as HTMLElement).closest("a, button, input, label") !== null;
}

export interface TableProps<T> {
  /** Names the table for those who hear it. */
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  rowKey(row: T): string;
  selected?: string | undefined;
  onSelect?(row: T): void;
  sort?: string;
  onSort?(sort: string): void;
  /** `plain` has no tinted head; `second` has lower rows; `headless` has no head in sight. */
  look?: "plain" | "second";
  headless?: boolean;
}

/** A short table, wholly here: sources, memberships, runs. Long lists use DataTable. */
export function Table<T>({
  label,
  columns,
  rows,
  rowKey,
  selected,
  onSelect,
  sort,
  onSort,
  look,
  headless,
}: TableProps<T>) {
  const narrow = useNarrow();
  const shown = columns.filter((column) => !(narrow && column.wideOnly));
  return (
    <table className={look ? `table ${look}` : "table"} aria-label={label}>
      <colgroup>
        {shown.map((column) => (
          <col key={column.id} style={column.width ? { width: column.width } : undefined} />
        ))}
      </colgroup>
      <thead className={headless ? "sr-only" : undefined}>
        <tr>
          {shown.map((column) => (
            <th
              key={column.id}
              scope="col"
              className={column.align && "r"}
              title={column.title}
              aria-sort={ariaSort(sort ?? "", column.sort)}
            >
              <ColumnHead column={column} sort={sort} onSort={onSort} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const key = rowKey(row);
          return (
            <tr
              key={key}
              className={key === selected ? "sel" : undefined}
              onClick={onSelect && ((event) => !meantForInside(event) && onSelect(row))}
            >
              {shown.map((column) => (
                <td key={column.id} className={column.align && "r"}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
