import { hashKey, useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Rows } from "../lib/rows";

/** A stretch of a list as the server gives it. */
export interface Page<T> {
  items: T[];
  total: number;
  totalIsExact: boolean;
}

/** Asks for a stretch of a list. */
export interface Stretch {
  offset: number;
  limit: number;
  signal: AbortSignal;
}

export const pageSize = 200;

/** After how many milliseconds a list is counted that was not when it was first asked for. */
const recount = 2000;

/** The pages that hold the rows from first to last. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / pageSize);
  const to = Math.floor(Math.max(0, last) / pageSize);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/**
 * A long list, fetched page by page as its rows come into sight. While another question is being answered the old
 * rows stay. The first part of `key` is the topic whose notices refresh the list.
 */
export function usePages<T>(
  key: readonly unknown[],
  fetchPage: (stretch: Stretch) => Promise<Page<T>>,
): Rows<T> {
  const id = hashKey(key);
  const [wanted, setWanted] = useState({ id, pages: [0] });
  const pages = wanted.id === id ? wanted.pages : [0];
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: [...key, page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        fetchPage({ offset: page * pageSize, limit: pageSize, signal }),
      gcTime: 60_000,
      // A total that is not exact is being counted: it is asked for once more.
      refetchInterval: ({ state }: { state: { data: Page<T> | undefined; dataUpdateCount: number } }) =>
        state.data?.totalIsExact === false && state.dataUpdateCount === 1 && recount,
    })),
  });

  const found = new Map<number, Page<T>>();
  pages.forEach((page, at) => {
    const data = results[at]?.data;
    if (data) found.set(page, data);
  });
  const settled = useRef<Map<number, Page<T>>>(new Map());
  useEffect(() => {
    if (found.size > 0) settled.current = found;
  });
  const shown = found.size > 0 ? found : settled.current;
  const any = shown.values().next().value;

  const need = useCallback(
    (first: number, last: number) => {
      const next = pagesOf(first, last);
      setWanted((old) =>
        old.id === id && old.pages.length === next.length && old.pages.every((page, at) => page === next[at])
          ? old
          : { id, pages: next },
      );
    },
    [id],
  );
  const failure = results.find((result) => result.isError && !result.data);
  return {
    id,
    total: any?.total ?? 0,
    totalIsExact: any?.totalIsExact ?? true,
    loading: any === undefined && !failure,
    error: failure?.error ?? null,
    at: (index) => shown.get(Math.floor(index / pageSize))?.items[index % pageSize],
    need,
    retry: () => {
      for (const result of results) if (result.isError) void result.refetch();
    },
  };
}
