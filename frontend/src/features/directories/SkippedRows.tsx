import { unitText } from "../../lib/coverage";
import { EmptyState } from "../../ui/States";
import { Table } from "../../ui/Table";
import type { RunDetail } from "./queries";

/** Entries of a run that could not be used, and why. */
export function SkippedRows({ run }: { run: RunDetail }) {
  if (run.skippedRows.length === 0) return <EmptyState>Every {run.unit} could be used.</EmptyState>;
  return (
    <>
      <Table
        label="Skipped"
        columns={[
          {
            id: "dn",
            header: run.unit === "row" ? "Row" : "Entry",
            width: 400,
            cell: (row) => (
              <span className="mono" title={row.dn}>
                {row.dn}
              </span>
            ),
          },
          {
            id: "reason",
            header: "Why it could not be used",
            cell: (row) => <div className="wrap">{row.reason}</div>,
          },
        ]}
        rows={run.skippedRows}
        rowKey={(row) => `${row.dn} ${row.reason}`}
      />
      {run.skipped > run.skippedRows.length && (
        <p className="pad t2">
          The first {run.skippedRows.length} of {unitText(run.skipped, run.unit)}.
        </p>
      )}
    </>
  );
}
