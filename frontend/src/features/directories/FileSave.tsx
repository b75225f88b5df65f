import { countText } from "../../lib/number";
import { fieldProblem } from "../../lib/problem";
import { TextField } from "../../ui/Field";
import { KeyValue } from "../../ui/KeyValue";
import { Note } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import type { CheckReport, Draft } from "./draft";
import { fileOf, titleOf } from "./fileDraft";

/** What will be saved and what happens then. */
export function FileSave({
  draft,
  report,
  error,
  onName,
}: {
  draft: Draft;
  report: CheckReport | undefined;
  error: unknown;
  onName(name: string): void;
}) {
  const file = fileOf(draft);
  const preview = report?.preview;
  return (
    <div className="pad stack prose" role="group" aria-label="What will be saved">
      <div style={{ maxWidth: 320 }}>
        <TextField
          label="Name"
          defaultValue={draft.name}
          onChange={(event) => onName(event.currentTarget.value)}
          help={`How Gatehouse calls it. Left empty: ${titleOf(file)}.`}
          error={fieldProblem(error, "name")}
        />
      </div>
      <KeyValue
        wide
        facts={[
          { label: "File", value: file.path ?? file.name, mono: true },
          file.keyColumn
            ? { label: "Key", value: file.keyColumn }
            : { label: "Key", value: "the entry's own id" },
          preview && {
            label: "Rows",
            value: `${countText(preview.total)}, of which ${countText(preview.faulty)} cannot be used`,
          },
          { label: "Read", value: file.path ? "anew each time, where Gatehouse runs" : "as it was sent" },
        ]}
      />
      {draft.source ? (
        <Note>
          A newer export of the same table is read like any other. After a change of what the columns mean,
          the next read is a preview: it shows what would change and waits for you to release it.
        </Note>
      ) : (
        <Note>The first read goes through the file once and changes nothing in it.</Note>
      )}
      {Boolean(error) && <ErrorState error={error} what="Nothing was saved." />}
    </div>
  );
}
