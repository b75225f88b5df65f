import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { EntityLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";

type Row = Schema<"CorrelationRow">;

/** What the rules would do, counted over all accounts, with some of them. Nothing was changed. */
export function MatchingPreview({ preview }: { preview: Schema<"CorrelationPreview"> }) {
  return (
    <Section title="Preview: nothing was changed">
      <p className="pad">
        Of {plural(preview.accounts, "account")} of people, {countText(preview.matched)} would be linked
        automatically ({countText(preview.already)} are already), {countText(preview.ambiguous)} would wait
        for a decision, for {countText(preview.none)} nobody fits; {countText(preview.decided)} were decided
        by an operator and stay.
      </p>
      <Table label="Samples" columns={columns} rows={preview.samples} rowKey={(row) => row.account.id} />
    </Section>
  );
}

const outcomes = {
  link: { tone: "ok", word: "would link" },
  ask: { tone: "warn", word: "would ask" },
  none: { tone: "none", word: "nobody fits" },
} as const;

const columns: Column<Row>[] = [
  { id: "account", header: "Account", width: 196, cell: (row) => <EntityLink entity={row.account} strong /> },
  {
    id: "outcome",
    header: "Outcome",
    width: 124,
    cell: (row) => <Status tone={outcomes[row.outcome].tone}>{outcomes[row.outcome].word}</Status>,
  },
  {
    id: "candidates",
    header: "Candidates and reasons",
    cell: (row) =>
      row.candidates.map((candidate) => (
        <span key={candidate.identity.id} className="ell">
          <EntityLink entity={candidate.identity} />{" "}
          <span className="t2">
            {candidate.confidence} %: {candidate.reasons.join("; ")}{" "}
          </span>
        </span>
      )),
  },
];
