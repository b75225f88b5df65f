/**
 * The rows of a long list that is fetched in pages, as a table sees it. `at` answers undefined for a row that is
 * not here yet; `need` says which rows are in sight.
 */
export interface Rows<T> {
  total: number;
  totalIsExact: boolean;
  /** True until the first page has answered. */
  loading: boolean;
  error: unknown;
  at(index: number): T | undefined;
  need(first: number, last: number): void;
  retry(): void;
}

/** A list that is wholly here, in the same form. */
export function rowsOf<T>(items: readonly T[]): Rows<T> {
  return {
    total: items.length,
    totalIsExact: true,
    loading: false,
    error: null,
    at: (index) => items[index],
    need: () => {},
    retry: () => {},
  };
}
