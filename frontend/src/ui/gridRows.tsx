import type { Column } from "../lib/columns";

const leastWidth = 120;

/** Where the arrows go from a row; undefined for any other key. */
export function rowAfter(key: string, at: number, page: number, total: number): number | undefined {
  const last = total - 1;
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
}

/** The columns that fit: where not all do, the least needed leave, the last of them first. Nothing shrinks. */
export function columnsIn<T>(columns: Column<T>[], width: number): Column<T>[] {
  const needed = columns.reduce((sum, column) => sum + (column.width ?? leastWidth), 0);
  const leaving = columns.findLastIndex((column) => column.wideOnly);
  return width > 0 && needed > width && leaving >= 0
    ? columnsIn(columns.toSpliced(leaving, 1), width)
    : columns;
}

/** The grid track of a column. */
export function trackOf({ width, grow }: { width?: number; grow?: number }): string {
  if (width && !grow) return `${width}px`;
  return `minmax(${width ?? leastWidth}px, ${grow ?? 1}fr)`;
}

/** 0, 1, 2 and so on. */
export function indexesOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** A row that is not here yet. */
export function BarRow({
  index,
  top,
  columns,
  grid,
}: {
  index: number;
  top: number;
  columns: number;
  grid: object;
}) {
  return (
    <div className="grid-row" aria-hidden="true" style={{ ...grid, top, marginTop: 0 }}>
      {indexesOf(columns).map((column) => (
        <div key={column}>
          <span className="bar" style={{ width: `${72 - ((index * 13 + column * 29) % 40)}%` }} />
        </div>
      ))}
    </div>
  );
}
