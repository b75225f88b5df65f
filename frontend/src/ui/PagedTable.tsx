import type { Column } from "../lib/columns";
import type { Rows } from "../lib/rows";
import { DataTable } from "./DataTable";
import { EmptyState } from "./States";

/** A long list that only shows: no inspector, one order. Enter opens a row where `onOpen` says how. */
export function PagedTable<T>({
  label,
  columns,
  rows,
  rowKey,
  onOpen,
  empty,
}: {
  label: string;
  columns: Column<T>[];
  rows: Rows<T>;
  rowKey(row: T): string;
  onOpen?(row: T): void;
  /** One sentence why there is nothing. */
  empty: string;
}) {
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={rows}
      rowKey={rowKey}
      sort=""
      {...(onOpen && { onOpen })}
      empty={<EmptyState>{empty}</EmptyState>}
    />
  );
}
