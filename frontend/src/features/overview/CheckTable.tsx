import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { riskTone } from "../../lib/risk";
import { NumberLink } from "../../ui/Links";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Status, type Tone } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { checksQuery } from "./queries";

type Check = Schema<"FindingSummary">;

const outcomes: Record<Check["outcome"], { tone: Tone; text: string }> = {
  pass: { tone: "neutral", text: "nothing noticed" },
  fail: { tone: "warn", text: "noticed" },
  cannotConclude: { tone: "none", text: "cannot conclude" },
  notApplicable: { tone: "none", text: "not read yet" },
};

const columns: Column<Check>[] = [
  {
    id: "outcome",
    header: "Outcome",
    width: 144,
    cell: ({ outcome, riskiest }) => (
      <Status tone={riskiest ? riskTone(riskiest) : outcomes[outcome].tone} word>
        {riskiest ?? outcomes[outcome].text}
      </Status>
    ),
  },
  {
    id: "title",
    header: "Check",
    width: 264,
    cell: (check) => <span title={check.question}>{check.title}</span>,
  },
  {
    id: "open",
    header: "Open",
    width: 64,
    align: "right",
    cell: (check) => (
      <NumberLink
        value={check.count}
        to="/findings"
        search={{ kind: check.kind }}
        label={`open: ${check.title}`}
      />
    ),
  },
  {
    id: "accepted",
    header: "Accepted",
    width: 80,
    align: "right",
    cell: (check) => (
      <NumberLink
        value={check.accepted}
        to="/findings"
        search={{ view: "accepted", kind: check.kind }}
        label={`accepted: ${check.title}`}
      />
    ),
  },
  {
    id: "unsure",
    header: "Cannot conclude",
    width: 120,
    align: "right",
    cell: (check) => <span title={check.note}>{check.cannotConclude}</span>,
  },
  {
    id: "threshold",
    header: "Noticed when",
    wideOnly: true,
    cell: (check) => (
      <span className="t2" title={check.threshold}>
        {check.threshold}
      </span>
    ),
  },
];

/** Every check, what it came to, and from when on it notices. */
export function CheckTable() {
  const checks = useQuery(checksQuery);
  if (checks.data)
    return <Table label="Checks" columns={columns} rows={checks.data} rowKey={(check) => check.kind} />;
  if (checks.error)
    return (
      <ErrorState
        error={checks.error}
        what="The checks could not be read."
        onRetry={() => void checks.refetch()}
      />
    );
  return <LoadingRows rows={12} />;
}
