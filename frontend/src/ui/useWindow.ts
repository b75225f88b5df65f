import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useRef, useState } from "react";
import { ScrollMap } from "../lib/scrollMap";

/** Height of a row and of the head above it, in px; the tokens --row and --row-head. */
export const rowHeight = 32;
const headHeight = 32;

/** Which rows of a long list are in sight, and where they stand. */
export interface Window {
  ref(element: HTMLDivElement | null): void;
  /** Rows to draw. */
  first: number;
  last: number;
  /** Rows wholly or partly seen. */
  firstSeen: number;
  lastSeen: number;
  /** Rows a page key moves by. */
  page: number;
  /** Height of the element that holds the rows. */
  spacer: number;
  topOf(index: number): number;
  /** Scrolls as little as needed to show a row. */
  reveal(index: number): void;
}

/**
 * Windows a list of `count` rows. TanStack Virtual works in list positions; a ScrollMap between it and the element
 * keeps the element below the height browsers can draw.
 */
export function useWindow(count: number): Window {
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const map = useRef<ScrollMap>(null);
  map.current ??= new ScrollMap(0, 0);
  const scroll = map.current;
  const height = count * rowHeight;
  // Tells TanStack Virtual a new position, also when the element's own did not change by a pixel.
  const told = useRef<(offset: number, scrolling: boolean) => void>(undefined);

  const virtual = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count,
    getScrollElement: useCallback(() => element, [element]),
    estimateSize: useCallback(() => rowHeight, []),
    overscan: 8,
    observeElementOffset: (instance, tell) => {
      const target = instance.scrollElement;
      if (!target) return;
      told.current = tell;
      const onScroll = () => tell(scroll.scrolled(target.scrollTop), false);
      onScroll();
      target.addEventListener("scroll", onScroll, { passive: true });
      return () => target.removeEventListener("scroll", onScroll);
    },
    // It would limit a jump by the height of the element; the list is taller than that.
    scrollToFn: () => {},
  });

  const view = Math.max(0, (virtual.scrollRect?.height ?? 0) - headHeight);
  scroll.resize(height, view);
  const offset = virtual.scrollOffset ?? 0;
  const moveTo = (wanted: number) => {
    if (!element) return;
    element.scrollTop = scroll.moveTo(wanted);
    told.current?.(scroll.offset, false);
  };
  const items = virtual.getVirtualItems();
  const firstSeen = Math.max(0, Math.min(count - 1, Math.floor(offset / rowHeight)));
  return {
    ref: setElement,
    first: items[0]?.index ?? 0,
    last: items.at(-1)?.index ?? -1,
    firstSeen,
    lastSeen: Math.max(firstSeen, Math.min(count - 1, Math.floor((offset + view) / rowHeight) - 1)),
    page: Math.max(1, Math.floor(view / rowHeight) - 1),
    spacer: scroll.spacer,
    topOf: (index) => index * rowHeight - scroll.shift,
    reveal: (index) => {
      const top = index * rowHeight;
      if (top < offset) moveTo(top);
      else if (top + rowHeight > offset + view) moveTo(top + rowHeight - view);
    },
  };
}
