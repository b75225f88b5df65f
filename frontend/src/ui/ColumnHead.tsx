import { ariaSort, type Column, nextSort } from "../lib/columns";
import { Icon } from "./Icon";

/** What stands in the head of a column: its name, or a button that sorts by it. */
export function ColumnHead<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort?: string | undefined;
  onSort?: ((sort: string) => void) | undefined;
}) {
  const { sort: by } = column;
  if (!by || !onSort) return <>{column.header}</>;
  const now = ariaSort(sort ?? "", by);
  return (
    <button type="button" className="sorter" onClick={() => onSort(nextSort(sort ?? "", by))}>
      {column.header}
      {now && <Icon name="sort" className={now === "descending" ? "desc" : ""} />}
    </button>
  );
}
