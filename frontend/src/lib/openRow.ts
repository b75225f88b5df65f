import { useRef } from "react";
import type { Rows } from "./rows";

// A list is searched for the open row only as far as one can be expected to have scrolled.
const farthest = 10_000;

/** The row with this key among the rows that are here; the one seen last if its page has left since. */
export function useOpenRow<T>(
  rows: Rows<T>,
  keyOf: (row: T) => string,
  open: string | undefined,
): T | undefined {
  const seen = useRef<T>(undefined);
  if (!open) return undefined;
  for (let index = 0; index < Math.min(rows.total, farthest); index++) {
    const row = rows.at(index);
    if (row !== undefined && keyOf(row) === open) {
      seen.current = row;
      return row;
    }
  }
  return seen.current !== undefined && keyOf(seen.current) === open ? seen.current : undefined;
}
