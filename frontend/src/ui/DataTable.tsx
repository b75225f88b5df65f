import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ariaSort, type Column } from "../lib/columns";
import { useDelayed } from "../lib/delayed";
import { countText, totalText } from "../lib/number";
import type { Rows } from "../lib/rows";
import { ColumnHead } from "./ColumnHead";
import { BarRow, columnsIn, indexesOf, rowAfter, trackOf } from "./gridRows";
import { Kbd } from "./Kbd";
import { ErrorState } from "./States";
import { meantForInside } from "./Table";
import { rowHeight, useWindow } from "./useWindow";

export interface DataTableProps<T> {
  /** Names the table for those who hear it: "People". */
  label: string;
  columns: Column<T>[];
  rows: Rows<T>;
  rowKey(row: T): string;
  sort: string;
  onSort?(sort: string): void;
  /** The row the inspector shows. */
  selected?: string | undefined;
  /** A row was pressed, or reached with the arrows while one is selected. */
  onSelect?(row: T): void;
  /** Enter: the whole page of the row. */
  onOpen?(row: T): void;
  /** Esc: closes the inspector. */
  onClose?(): void;
  /** Shown when there is no row at all. */
  empty: ReactNode;
  /** Above the foot: what can be done with the rows that are picked. */
  bulk?: ReactNode;
  /** More keys for the foot: [["W", "why"]]. */
  keys?: [string, string][];
}

/**
 * The long list: any number of rows, fetched in pages as they come into sight, one row 32 px. Arrows, Page and
 * Home/End move the focus, Enter opens the row, Space selects it, Esc closes what is open.
 */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, rows, rowKey, selected, onSelect, onOpen, onClose } = props;
  const box = useElementSize();
  const id = useId();
  const columns = columnsIn(props.columns, box.width);
  const [active, setActive] = useState(0);
  const [focused, setFocused] = useState(false);
  const barsShown = useDelayed(300, rows.loading);
  const view = useWindow(rows.total);
  const gridRef = useMergedRef(box.ref, view.ref);
  const { first, last } = view;
  const { need } = rows;
  useEffect(() => need(first, last), [need, first, last]);
  const at = Math.min(active, Math.max(0, rows.total - 1));

  // Another question starts at its top.
  const asked = useRef(rows.id);
  const { reveal } = view;
  useEffect(() => {
    if (asked.current === rows.id) return;
    asked.current = rows.id;
    setActive(0);
    reveal(0);
  });

  // A row reached by End may not be here yet; it is selected when it comes.
  const awaited = useRef<number>(undefined);
  const reached = awaited.current === at ? rows.at(at) : undefined;
  useEffect(() => {
    if (reached === undefined) return;
    awaited.current = undefined;
    onSelect?.(reached);
  });
  const moveTo = (index: number) => {
    setActive(index);
    view.reveal(index);
    if (selected === undefined) return;
    const row = rows.at(index);
    awaited.current = row === undefined ? index : undefined;
    if (row) onSelect?.(row);
  };
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || rows.total === 0) return;
    const row = rows.at(at);
    const next = rowAfter(event.key, at, view.page, rows.total);
    if (next !== undefined) moveTo(next);
    else if (event.key === "Enter" && row && onOpen) onOpen(row);
    else if (event.key === " " && row && onSelect) onSelect(row);
    else if (event.key === "Escape" && onClose && selected !== undefined) onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const grid = { gridTemplateColumns: columns.map(trackOf).join(" ") };
  const failed = rows.error !== null && rows.error !== undefined;
  const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  return (
    <div className="list">
      <div
        ref={gridRef}
        className="grid"
        data-pane="list"
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.totalIsExact ? rows.total + 1 : -1}
        aria-colcount={columns.length}
        aria-activedescendant={rows.total > 0 && at >= first && at <= last ? `${id}-${at}` : undefined}
        aria-busy={rows.loading}
        onKeyDown={press}
        onFocus={(event) =>
          setFocused(event.target === event.currentTarget && event.target.matches(":focus-visible"))
        }
        onBlur={() => setFocused(false)}
      >
        <div className="grid-head" role="row" aria-rowindex={1} style={grid}>
          {columns.map((column) => (
            <div
              key={column.id}
              role="columnheader"
              className={column.align && "r"}
              title={column.title}
              aria-sort={ariaSort(props.sort, column.sort)}
            >
              <ColumnHead column={column} sort={props.sort} onSort={props.onSort} />
            </div>
          ))}
        </div>
        {failed ? (
          <Alone>
            <ErrorState error={rows.error} what={`${label} could not be read.`} onRetry={rows.retry} />
          </Alone>
        ) : rows.loading ? (
          <div className="grid-body" role="presentation">
            {barsShown &&
              indexesOf(12).map((index) => (
                <BarRow
                  key={index}
                  index={index}
                  top={index * rowHeight}
                  columns={columns.length}
                  grid={grid}
                />
              ))}
          </div>
        ) : rows.total === 0 ? (
          <Alone>{props.empty}</Alone>
        ) : (
          <div className="grid-body" role="presentation" style={{ height: view.spacer }}>
            {indexes.map((index) => {
              const row = rows.at(index);
              const top = view.topOf(index);
              if (!row)
                return <BarRow key={index} index={index} top={top} columns={columns.length} grid={grid} />;
              const key = rowKey(row);
              const names = ["grid-row", key === selected && "sel", focused && index === at && "at"];
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the grid
                <div
                  key={key}
                  id={`${id}-${index}`}
                  role="row"
                  aria-rowindex={index + 2}
                  aria-selected={key === selected}
                  className={names.filter(Boolean).join(" ")}
                  style={{ ...grid, top }}
                  onClick={(event) => {
                    if (meantForInside(event)) return;
                    setActive(index);
                    onSelect?.(row);
                  }}
                  onDoubleClick={(event) => !meantForInside(event) && onOpen?.(row)}
                >
                  {columns.map((column) => (
                    <div key={column.id} role="gridcell" className={column.align && "r"}>
                      {column.cell(row)}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        )}
      </div>
      {props.bulk}
      <div className="foot">
        <span>
          {rows.total === 0
            ? rows.loading
              ? "reading"
              : "none"
            : `${countText(view.firstSeen + 1)} to ${countText(view.lastSeen + 1)} of ${totalText(rows.total, rows.totalIsExact)}`}
        </span>
        <span className="grow" />
        <span>
          <Kbd keys="ArrowUp" /> <Kbd keys="ArrowDown" /> move
        </span>
        {onOpen && (
          <span>
            <Kbd keys="Enter" /> open
          </span>
        )}
        {props.keys?.map(([key, does]) => (
          <span key={key}>
            <Kbd keys={key} /> {does}
          </span>
        ))}
        {onClose && selected !== undefined && (
          <span>
            <Kbd keys="Escape" /> close panel
          </span>
        )}
      </div>
    </div>
  );
}

/** What stands in the place of rows; a grid may hold nothing else. */
function Alone({ children }: { children: ReactNode }) {
  return (
    <div role="row">
      <div role="gridcell">{children}</div>
    </div>
  );
}
