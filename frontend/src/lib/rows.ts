/**
 * The rows of a long list that is fetched in pages, as a table sees it. `at` answers undefined for a row that is
 * not here yet; `need` says which rows are in sight.
 */
export interface Rows<T> {
  /** Names the question (filters and sort); another name means another list, shown from its top. */
  id: string;
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
export function rowsOf<T>(items: readonly T[], id = ""): Rows<T> {
  return {
    id,
    total: items.length,
    totalIsExact: true,
    loading: false,
    error: null,
    at: (index) => items[index],
    need: () => {},
    retry: () => {},
  };
}
