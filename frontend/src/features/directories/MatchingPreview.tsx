import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { EntityLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";

type Row = Schema<"CorrelationRow">;
type Preview = Schema<"CorrelationPreview">;

/** What the rules would do, counted over all accounts, with some of them. Nothing was changed. */
export function MatchingPreview({ preview }: { preview: Preview }) {
  return (
    <Section title="Preview" beside="nothing was changed">
      <p className="pad first">
        <PreviewCounts preview={preview} />
      </p>
      {preview.samples.length > 0 && (
        <Table label="Samples" columns={columns} rows={preview.samples} rowKey={(row) => row.account.id} />
      )}
    </Section>
  );
}

/** The sentence of a preview. */
export function PreviewCounts({ preview }: { preview: Preview }) {
  return (
    <>
      Of {plural(preview.accounts, "account")} of people, {countText(preview.matched)} would be linked
      automatically ({countText(preview.already)} are already), {countText(preview.ambiguous)} would wait for
      a decision, for {countText(preview.none)} nobody fits; {countText(preview.decided)} were decided by an
      operator and stay.
    </>
  );
}

const outcomes = {
  link: { tone: "ok", word: "would link" },
  ask: { tone: "warn", word: "would ask" },
  none: { tone: "none", word: "nobody fits" },
} as const;

/** Each candidate with the reasons, for the tooltip of a line that is cut. */
const reasonsOf = (row: Row) =>
  row.candidates
    .map(({ identity, confidence, reasons }) => `${identity.name}, ${confidence} %: ${reasons.join("; ")}`)
    .join("\n");

const columns: Column<Row>[] = [
  { id: "account", header: "Account", width: 216, cell: (row) => <EntityLink entity={row.account} strong /> },
  {
    id: "outcome",
    header: "Outcome",
    width: 124,
    cell: (row) => <Status tone={outcomes[row.outcome].tone}>{outcomes[row.outcome].word}</Status>,
  },
  {
    id: "candidates",
    header: "Candidates and reasons",
    cell: (row) => (
      <span title={reasonsOf(row)}>
        {row.candidates.map((candidate, at) => (
          <span key={candidate.identity.id}>
            {at > 0 && <span className="t3"> · </span>}
            <EntityLink entity={candidate.identity} />{" "}
            <span className="t2">
              {candidate.confidence} %: {candidate.reasons.join("; ")}
            </span>
          </span>
        ))}
      </span>
    ),
  },
];
