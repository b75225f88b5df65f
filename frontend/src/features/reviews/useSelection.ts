import { useCallback, useEffect, useMemo, useState } from "react";
import { type ItemFilter, itemList } from "./queries";
import type { Item } from "./verdicts";

/** Most items that one decision takes. */
const mostAtOnce = 2000;

/** Items selected for one decision, in the order of their numbers. */
export interface Selection {
  items: Item[];
  has(item: number): boolean;
  toggle(item: Item, index: number): void;
  /** Selects the rows from where extending began to an index. */
  extend(from: number, to: number, itemAt: (index: number) => Item | undefined): void;
  /** Selects all of the list, or nothing. */
  all(on: boolean): void;
  /** Selects the items of a group that pass the list's filter, those out of sight too. */
  group(group: string): void;
  clear(): void;
  drop(items: readonly number[]): void;
  /** Why not all that was asked for is selected. */
  note: string | undefined;
}

/** Keeps what is selected while the list scrolls; `here` are the items that are on the page, as they are now. */
export function useSelection(campaign: string, filter: ItemFilter, here: readonly Item[]): Selection {
  const [picked, setPicked] = useState<ReadonlyMap<number, Item>>(new Map());
  const [anchor, setAnchor] = useState<number>();
  const [note, setNote] = useState<string>();

  // What is selected is what the page shows of it: a decision made elsewhere is seen here too.
  useEffect(() => {
    setPicked((old) => {
      const newer = here.filter((each) => old.has(each.item) && old.get(each.item) !== each);
      if (newer.length === 0) return old;
      const next = new Map(old);
      for (const each of newer) next.set(each.item, each);
      return next;
    });
  }, [here]);

  const clear = useCallback(() => {
    setPicked((old) => (old.size === 0 ? old : new Map()));
    setAnchor(undefined);
    setNote(undefined);
  }, []);
  const fetchAll = useCallback(
    async (more: ItemFilter) => {
      const list = itemList(campaign, { ...filter, ...more });
      const found: Item[] = [];
      let total = 0;
      do {
        const page = await list.fetch({
          offset: found.length,
          limit: 500,
          signal: new AbortController().signal,
        });
        total = page.total;
        found.push(...page.items);
        if (page.items.length === 0) break;
      } while (found.length < Math.min(total, mostAtOnce));
      setNote(total > mostAtOnce ? "The first 2,000 are selected: one decision takes no more." : undefined);
      setPicked(new Map(found.slice(0, mostAtOnce).map((each) => [each.item, each])));
    },
    [campaign, filter],
  );
  const items = useMemo(() => [...picked.values()].sort((a, b) => a.item - b.item), [picked]);
  return {
    items,
    note,
    has: (item) => picked.has(item),
    toggle: (item, index) => {
      const next = new Map(picked);
      if (!next.delete(item.item)) next.set(item.item, item);
      setPicked(next);
      setAnchor(index);
    },
    extend: (from, to, itemAt) => {
      const start = anchor ?? from;
      setAnchor(start);
      const next = new Map(picked);
      // What was reached before and lies beyond now is given back.
      for (const [low, high, on] of [
        [Math.min(start, from), Math.max(start, from), false],
        [Math.min(start, to), Math.max(start, to), true],
      ] as const)
        for (let index = low; index <= high; index++) {
          const item = itemAt(index);
          if (item && on) next.set(item.item, item);
          else if (item) next.delete(item.item);
        }
      setPicked(next);
    },
    all: (on) =>
      on ? void fetchAll({}).catch(() => setNote("They could not be read. Try again.")) : clear(),
    group: (group) => void fetchAll({ group }).catch(() => setNote("They could not be read. Try again.")),
    clear,
    drop: (gone) => {
      const next = new Map(picked);
      for (const item of gone) next.delete(item);
      setPicked(next);
    },
  };
}
