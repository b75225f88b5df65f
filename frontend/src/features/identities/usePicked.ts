import { useState } from "react";

/** A row that can be picked. */
interface Row {
  id: string;
}

/** Rows picked for an act on all of them; they stay picked while the list is filtered or sorted. */
export interface Picked<T extends Row> {
  rows: readonly T[];
  has(row: T): boolean;
  toggle(row: T): void;
  clear(): void;
}

/** Keeps what is picked of a list. */
export function usePicked<T extends Row>(): Picked<T> {
  const [rows, setRows] = useState<readonly T[]>([]);
  return {
    rows,
    has: ({ id }) => rows.some((each) => each.id === id),
    toggle: (row) =>
      setRows((old) =>
        old.some(({ id }) => id === row.id) ? old.filter(({ id }) => id !== row.id) : [...old, row],
      ),
    clear: () => setRows([]),
  };
}
