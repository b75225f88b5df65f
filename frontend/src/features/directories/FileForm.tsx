import { fieldProblem } from "../../lib/problem";
import { NumberField, SelectField, TextField } from "../../ui/Field";
import type { Draft } from "./draft";
import { type FileConfig, fileOf, type Preview, withFile } from "./fileDraft";

const encodings = ["utf-8", "windows-1252", "utf-16le", "utf-16be"];
const delimiters = [
  { value: ";", label: "semicolons" },
  { value: ",", label: "commas" },
  { value: "\t", label: "tabs" },
  { value: "|", label: "bars" },
];

/** How the file is to be read: what its content told, to be corrected, and what only people know. */
export function FileForm({
  draft,
  preview,
  error,
  onChange,
}: {
  draft: Draft;
  preview: Preview;
  error: unknown;
  onChange(draft: Draft): void;
}) {
  const file = fileOf(draft);
  const set = (patch: Partial<FileConfig>) => onChange(withFile(draft, patch));
  const columns = preview.columns.map(({ name }) => name);
  const has = (field: string) => Boolean(file.columns?.[field]);
  return (
    <div className="fields" style={{ padding: "0 24px 16px" }}>
      <SelectField
        label="Key"
        data={columns}
        value={file.keyColumn ?? null}
        onChange={(keyColumn) => set({ keyColumn: keyColumn ?? "" })}
        help="Never changes and is never given twice: a personnel number, not a name or a mail address."
        error={fieldProblem(error, "keyColumn")}
        searchable
      />
      <SelectField
        label="Dates with slashes"
        data={[
          { value: "", label: "refused" },
          { value: "dmy", label: "day first: 31/12/2026" },
          { value: "mdy", label: "month first: 12/31/2026" },
        ]}
        value={file.dateFormat ?? ""}
        onChange={(dateFormat) => set({ dateFormat: dateFormat ?? "" })}
        help="2026-12-31 and 31.12.2026 always count."
      />
      {has("manager") && (
        <SelectField
          label="Managers are named by their"
          data={[
            { value: "key", label: "key" },
            ...[
              { value: "mail", label: "mail address" },
              { value: "login", label: "login" },
              { value: "employeeNumber", label: "employee number" },
            ].filter(({ value }) => has(value)),
          ]}
          value={file.managerBy || "key"}
          onChange={(by) => set({ managerBy: by && by !== "key" ? by : "" })}
          error={fieldProblem(error, "managerBy")}
        />
      )}
      {has("groups") && (
        <TextField
          label="Groups are parted by"
          mono
          defaultValue={file.groupSeparator || ";"}
          onBlur={(event) => {
            const groupSeparator = event.currentTarget.value;
            if (groupSeparator !== (file.groupSeparator || ";")) set({ groupSeparator });
          }}
          help="Each name in the column becomes a group."
        />
      )}
      {preview.sheets.length > 1 && (
        <SelectField
          label="Sheet"
          data={preview.sheets}
          value={file.sheet ?? null}
          onChange={(sheet) => set({ sheet: sheet ?? "", headerRow: 0 })}
        />
      )}
      {file.format === "csv" && (
        <>
          <SelectField
            label="Fields are parted by"
            data={delimiters}
            value={file.delimiter ?? null}
            onChange={(delimiter) => set({ delimiter: delimiter ?? "" })}
          />
          <SelectField
            label="Encoding"
            data={encodings}
            value={file.encoding ?? null}
            onChange={(encoding) => set({ encoding: encoding ?? "" })}
          />
        </>
      )}
      <NumberField
        label="Row with the columns' names"
        min={1}
        max={1000}
        value={file.headerRow ?? ""}
        onChange={(row) => Number(row) > 0 && set({ headerRow: Number(row) })}
        error={fieldProblem(error, "headerRow")}
      />
      {preview.words.map((word) => (
        <SelectField
          key={word}
          label={
            <>
              Status <q>{word}</q> means
            </>
          }
          data={[
            { value: "", label: "not known" },
            { value: "enabled", label: "enabled" },
            { value: "disabled", label: "disabled" },
          ]}
          value={file.states?.[word] ?? ""}
          onChange={(state) => {
            const { [word]: _, ...others } = file.states ?? {};
            set({ states: state ? { ...others, [word]: state } : others });
          }}
        />
      ))}
    </div>
  );
}
