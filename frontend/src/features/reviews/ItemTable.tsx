import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { Column } from "../../lib/columns";
import { useDelayed } from "../../lib/delayed";
import { BarRow, columnsIn, rowAfter, trackOf } from "../../ui/gridRows";
import { EmptyState, ErrorState } from "../../ui/States";
import { meantForInside } from "../../ui/Table";
import { rowHeight, useWindow } from "../../ui/useWindow";
import { GroupRow } from "./GroupRow";
import { subjectName } from "./ItemWords";
import type { ItemRows } from "./useItems";
import type { Selection } from "./useSelection";
import type { Item } from "./verdicts";

const boxWidth = 40;

/** The items of a campaign under their groups: any number of rows, one under the keyboard, any number selected. */
export function ItemTable({
  id: campaign,
  rows,
  columns,
  selection,
  selectable,
  folded,
  onFold,
  active,
  onActive,
  open,
  onOpen,
  onEscape,
  empty,
}: {
  id: string;
  rows: ItemRows;
  columns: Column<Item>[];
  selection: Selection;
  /** Whether there is anything to select the rows for. */
  selectable: boolean;
  folded: ReadonlySet<string>;
  onFold(group: string): void;
  /** Index of the row the keyboard is on. */
  active: number;
  onActive(index: number): void;
  /** Number of the item in the inspector. */
  open: number | undefined;
  onOpen(item: Item): void;
  onEscape(): void;
  empty: string;
}) {
  const { map } = rows;
  const box = useElementSize();
  const domId = useId();
  const shown = columnsIn(columns, box.width > 0 ? box.width - boxWidth : 0);
  const view = useWindow(map.rows);
  const gridRef = useMergedRef(box.ref, view.ref);
  const [focused, setFocused] = useState(false);
  const barsShown = useDelayed(300, rows.loading);
  const { first, last, reveal } = view;
  const { need } = rows;
  useEffect(() => need(map.offsetsIn(first, last)), [need, map, first, last]);

  // The row that the keyboard reaches comes into sight, also one that a key of the page jumped to.
  const revealed = useRef(0);
  useEffect(() => {
    if (revealed.current === active) return;
    revealed.current = active;
    reveal(active);
  });

  const itemAt = (index: number): Item | undefined => {
    const row = map.at(index);
    return row?.kind === "item" ? rows.at(row.offset, row.group.group.id) : undefined;
  };
  const moveTo = (index: number, extend: boolean) => {
    if (extend && selectable) selection.extend(active, index, itemAt);
    onActive(index);
    const item = itemAt(index);
    if (item && open !== undefined && !(extend && selectable)) onOpen(item);
  };
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || map.rows === 0) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "a" || !selectable) return;
      event.preventDefault();
      selection.all(true);
      return;
    }
    const row = map.at(active);
    const item = itemAt(active);
    const next = rowAfter(event.key, active, view.page, map.rows);
    if (next !== undefined) moveTo(next, event.shiftKey);
    else if (event.key === "Escape") onEscape();
    else if (event.key === "Enter" && item) onOpen(item);
    else if (event.key === " " && item && selectable) selection.toggle(item, active);
    else if ((event.key === "Enter" || event.key === " ") && row?.kind === "group")
      onFold(row.group.group.id);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const group = row?.group.group.id;
      if (group && folded.has(group) === (event.key === "ArrowRight")) onFold(group);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const grid = { gridTemplateColumns: [`${boxWidth}px`, ...shown.map(trackOf)].join(" ") };
  const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  const visible = map.rows > 0 && active >= first && active <= last;
  return (
    <div
      ref={gridRef}
      className="grid review"
      data-pane="list"
      role="grid"
      tabIndex={0}
      aria-label="Items"
      aria-multiselectable={selectable}
      aria-rowcount={map.rows + 1}
      aria-colcount={shown.length + 1}
      aria-activedescendant={visible ? `${domId}-${active}` : undefined}
      aria-busy={rows.loading}
      onKeyDown={press}
      onFocus={(event) =>
        setFocused(event.target === event.currentTarget && event.target.matches(":focus-visible"))
      }
      onBlur={() => setFocused(false)}
    >
      <div className="grid-head" role="row" aria-rowindex={1} style={grid}>
        <div role="columnheader">
          {selectable ? (
            <input
              type="checkbox"
              className="cb"
              tabIndex={-1}
              aria-label="Select all of this list"
              checked={selection.items.length > 0 && selection.items.length >= map.items}
              onChange={(event) => selection.all(event.currentTarget.checked)}
            />
          ) : null}
        </div>
        {shown.map((column) => (
          <div key={column.id} role="columnheader" title={column.title}>
            {column.header}
          </div>
        ))}
      </div>
      {rows.error ? (
        <ErrorState error={rows.error} what="The items could not be read." onRetry={rows.retry} />
      ) : rows.loading ? (
        <div className="grid-body" role="presentation">
          {barsShown &&
            Array.from({ length: 12 }, (_, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike
              <BarRow key={at} index={at} top={at * rowHeight} columns={shown.length + 1} grid={grid} />
            ))}
        </div>
      ) : map.rows === 0 ? (
        <div role="row">
          <div role="gridcell">
            <EmptyState>{empty}</EmptyState>
          </div>
        </div>
      ) : (
        <div className="grid-body" role="presentation" style={{ height: view.spacer }}>
          {indexes.map((index) => {
            const row = map.at(index);
            const top = view.topOf(index);
            const at = focused && index === active ? " at" : "";
            const names = { id: `${domId}-${index}`, top, at };
            if (row?.kind === "group")
              return (
                <GroupRow
                  key={`g${row.group.group.id}`}
                  {...names}
                  index={index}
                  columns={shown.length}
                  campaign={campaign}
                  group={row.group}
                  folded={folded.has(row.group.group.id)}
                  onFold={() => {
                    onActive(index);
                    onFold(row.group.group.id);
                  }}
                  {...(selectable && { onSelect: () => selection.group(row.group.group.id) })}
                />
              );
            const item = itemAt(index);
            if (!item)
              return <BarRow key={index} index={index} top={top} columns={shown.length + 1} grid={grid} />;
            const checked = selection.has(item.item);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the grid
              <div
                key={item.item}
                id={names.id}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={selectable ? checked : undefined}
                className={`grid-row${item.item === open ? " sel" : ""}${at}`}
                style={{ ...grid, top }}
                onClick={(event) => {
                  if (meantForInside(event)) return;
                  onActive(index);
                  if (event.shiftKey && selectable) selection.extend(active, index, itemAt);
                  else onOpen(item);
                }}
              >
                <div role="gridcell">
                  {selectable && (
                    <input
                      type="checkbox"
                      className="cb"
                      tabIndex={-1}
                      aria-label={`Select ${subjectName(item)} in ${item.group.name}`}
                      checked={checked}
                      onChange={() => selection.toggle(item, index)}
                      onClick={(event) => {
                        if (event.shiftKey) {
                          event.preventDefault();
                          selection.extend(active, index, itemAt);
                        }
                        onActive(index);
                      }}
                    />
                  )}
                </div>
                {shown.map((column) => (
                  <div key={column.id} role="gridcell">
                    {column.cell(item)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}
