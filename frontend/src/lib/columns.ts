import type { ReactNode } from "react";

/** One column of a table, declared. */
export interface Column<T> {
  id: string;
  header: ReactNode;
  /** Width in px. A column without one takes what is left, and at least 120. */
  width?: number;
  /** Its share of what is left, beside its width. */
  grow?: number;
  align?: "right";
  /** The name the list is sorted by; only columns the server has an index for. */
  sort?: string;
  /** Leaves the table where there is no room for all columns; the inspector shows it then. */
  wideOnly?: boolean;
  /** Explains the head. */
  title?: string;
  cell(row: T): ReactNode;
}

/** Splits "-name" into its column and direction. */
export function sortOf(sort: string): { column: string; descending: boolean } {
  return sort.startsWith("-")
    ? { column: sort.slice(1), descending: true }
    : { column: sort, descending: false };
}

/** The sort after a press on a column's head: ascending first, then descending. */
export function nextSort(sort: string, column: string): string {
  return sort === column ? `-${column}` : column;
}

export function ariaSort(sort: string, column: string | undefined): "ascending" | "descending" | undefined {
  const now = sortOf(sort);
  if (!column || now.column !== column) return undefined;
  return now.descending ? "descending" : "ascending";
}
