import { useState } from "react";
import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { MergeDialog } from "./MergeDialog";
import type { Picked } from "./usePicked";

type Row = Schema<"IdentityRow">;

/** The check box in front of a person. */
export function pickColumn(picked: Picked<Row>): Column<Row> {
  return {
    id: "pick",
    header: <span className="sr-only">Selected</span>,
    width: 48,
    cell: (row) => (
      <input
        type="checkbox"
        className="cb"
        tabIndex={-1}
        aria-label={`Select ${row.name}`}
        checked={picked.has(row)}
        onChange={() => picked.toggle(row)}
      />
    ),
  };
}

/** At the foot of the list while people are selected: two of them can be merged. */
export function MergePicked({ picked }: { picked: Picked<Row> }) {
  const [asking, setAsking] = useState(false);
  const [one, other] = picked.rows;
  if (!one) return null;
  return (
    <div className="bulk" role="region" aria-label="Selected people">
      <b className="bb nw">{countText(picked.rows.length)} selected</b>
      <span className="t2 ell">
        <bdi>{picked.rows.map(({ name }) => name).join(", ")}</bdi>
      </span>
      <span className="grow" />
      <Button
        size="sm"
        reason={
          picked.rows.length !== 2 &&
          (other ? "Two people are merged at a time." : "Select the second person.")
        }
        onClick={() => setAsking(true)}
      >
        Merge…
      </Button>
      <Button size="sm" look="ghost" icon="x" aria-label="Clear selection" onClick={picked.clear} />
      {other && <MergeDialog identity={one} other={other} opened={asking} onClose={() => setAsking(false)} />}
    </div>
  );
}
