import { canSaveText, saveText } from "../../api/native";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { Section } from "../../ui/Page";
import { Table } from "../../ui/Table";
import { Word } from "../../ui/Word";
import { type Fault, faultsText, type Preview } from "./fileDraft";

const shown = 100;

/** The rows that cannot be used, with what was expected: to be mended where the file comes from. */
export function FileFaults({ preview }: { preview: Preview }) {
  const { faults, faulty } = preview;
  return (
    <Section
      title="Rows that cannot be used"
      beside="the others are read; these are listed with each run"
      aside={
        <span className="row">
          <CopyButton text={() => faultsText(faults)} label="Copy as table" />
          {canSaveText() && (
            <Button
              size="sm"
              icon="download"
              onClick={() => saveText("rows-that-cannot-be-used.tsv", faultsText(faults))}
            >
              Save as file
            </Button>
          )}
        </span>
      }
    >
      <Table<Fault>
        label="Rows that cannot be used"
        columns={[
          { id: "row", header: "Row", width: 72, cell: ({ row }) => row },
          {
            id: "column",
            header: "Column",
            width: 168,
            cell: ({ column }) => column || <Word>the row</Word>,
          },
          {
            id: "value",
            header: "Value",
            width: 200,
            cell: ({ value }) => (value ? <span className="mono">{value}</span> : <Word>none</Word>),
          },
          { id: "text", header: "What is wrong", cell: ({ text }) => <span title={text}>{text}</span> },
        ]}
        rows={faults.slice(0, shown)}
        rowKey={({ row, column, text }) => `${row} ${column} ${text}`}
        look="second"
      />
      {faults.length > shown && (
        <p className="pad t2">
          The first {shown} faults of {countText(faulty)} rows.
        </p>
      )}
    </Section>
  );
}
