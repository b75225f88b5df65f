import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { pageSize } from "../../api/pages";
import { groupsQuery, type ItemFilter, itemList } from "./queries";
import { RowMap } from "./rowMap";
import type { Item } from "./verdicts";

/** The items of a campaign as the table sees them: rows mapped onto pages that are fetched as they are needed. */
export interface ItemRows {
  map: RowMap;
  loading: boolean;
  error: unknown;
  retry(): void;
  /** The item at an offset, if it is here and belongs to its group. */
  at(offset: number, group: string): Item | undefined;
  /** Says which offsets are in sight. */
  need(offsets: readonly number[]): void;
  /** Items that are here now, in their order. */
  here: Item[];
}

const nothing: Item[] = [];

interface Shown {
  map: RowMap;
  pages: Map<number, Item[]>;
}

/** Reads the groups and the items that are in sight, by one filter. While another is answered the old rows stay. */
export function useItems(
  id: string,
  filter: ItemFilter,
  by: "group" | "none",
  folded: ReadonlySet<string>,
): ItemRows {
  const groups = useQuery(groupsQuery(id, filter));
  const [wanted, setWanted] = useState([0]);
  const list = itemList(id, filter);
  const results = useQueries({
    queries: wanted.map((page) => ({
      queryKey: [...list.key, page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        list.fetch({ offset: page * pageSize, limit: pageSize, signal }),
      gcTime: 60_000,
    })),
  });
  const data = groups.data?.items;
  const map = useMemo(() => new RowMap(data ?? [], by === "group", folded), [data, by, folded]);
  const pages = new Map<number, Item[]>();
  wanted.forEach((page, at) => {
    const items = results[at]?.data?.items;
    if (items) pages.set(page, items);
  });
  const ready = data !== undefined && (map.items === 0 || pages.size > 0);
  const settled = useRef<Shown>(undefined);
  useEffect(() => {
    if (ready) settled.current = { map, pages };
  });
  const shown = ready ? { map, pages } : (settled.current ?? { map, pages });

  const need = useCallback((offsets: readonly number[]) => {
    const next = [...new Set(offsets.map((offset) => Math.floor(offset / pageSize)))];
    setWanted((old) =>
      next.length === 0 || (old.length === next.length && old.every((page, at) => page === next[at]))
        ? old
        : next,
    );
  }, []);
  const failure = groups.isError && !data ? groups : results.find((each) => each.isError && !each.data);
  return {
    map: shown.map,
    loading: !ready && !settled.current && !failure,
    error: failure?.error,
    retry: () => {
      if (groups.isError) void groups.refetch();
      for (const result of results) if (result.isError) void result.refetch();
    },
    at: (offset, group) => {
      const item = shown.pages.get(Math.floor(offset / pageSize))?.[offset % pageSize];
      // Groups and items come by two answers; while one is older, an item may stand at another's place.
      return item?.group.id === group ? item : undefined;
    },
    need,
    here: shown.pages.size > 0 ? [...shown.pages.values()].flat() : nothing,
  };
}
