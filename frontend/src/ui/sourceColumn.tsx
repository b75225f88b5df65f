import type { Column } from "../lib/columns";
import type { Ref } from "../lib/entity";
import { EntityLink } from "./Links";

/** The column that says where a row is from: only where there is a choice, for two sources may use one name. */
export function sourceColumn<T>(
  sources: readonly unknown[] | undefined,
  sourceOf: (row: T) => Pick<Ref, "kind" | "id" | "name">,
  look: Pick<Column<T>, "width" | "wideOnly"> = {},
): Column<T>[] {
  if (!sources || sources.length < 2) return [];
  return [
    {
      id: "source",
      header: "Source",
      width: 148,
      ...look,
      cell: (row) => {
        const source = sourceOf(row);
        return <EntityLink entity={{ ...source, detail: source.name }} />;
      },
    },
  ];
}
