import { SelectField } from "../../ui/Field";
import type { Draft } from "./draft";
import { fileFields, fileOf, meaningOf, type Preview, withColumn } from "./fileDraft";

/** The first rows of a file; above each column stands what it means. */
export function FilePreview({
  draft,
  preview,
  onChange,
}: {
  draft: Draft;
  preview: Preview;
  onChange(draft: Draft): void;
}) {
  const file = fileOf(draft);
  const wrong = new Set(preview.faults.map(({ row, column }) => `${row} ${column}`));
  const used = new Set(Object.keys(file.columns ?? {}));
  return (
    <section className="colmap" tabIndex={0} aria-label="The first rows of the file">
      <table className="table second" aria-label="The first rows of the file">
        <colgroup>
          <col style={{ width: 56 }} />
          {preview.columns.map(({ name }) => (
            <col key={name} style={{ width: 168 }} />
          ))}
        </colgroup>
        <thead>
          <tr className="means">
            <td />
            {preview.columns.map(({ name }) => (
              <td key={name}>
                <SelectField
                  label={undefined}
                  aria-label={`What ${name} means`}
                  value={meaningOf(file, name)}
                  data={[
                    { value: "", label: "not used" },
                    ...fileFields.map(({ id, label }) => ({
                      value: id,
                      label: used.has(id) && meaningOf(file, name) !== id ? `${label} (moves here)` : label,
                    })),
                  ]}
                  onChange={(field) => onChange(withColumn(draft, name, field ?? ""))}
                />
              </td>
            ))}
          </tr>
          <tr>
            <th scope="col">Row</th>
            {preview.columns.map(({ name, filled }) => (
              <th key={name} scope="col" title={`${name}: filled in ${filled} of ${preview.total} rows`}>
                <bdi>{name}</bdi>
                {name === file.keyColumn && <span className="t3"> key</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.map((row) => (
            <tr key={row.number}>
              <td className={wrong.has(`${row.number} `) ? "c-danger" : "t3"}>{row.number}</td>
              {preview.columns.map(({ name }, at) => (
                <td
                  key={name}
                  title={row.cells[at]}
                  className={
                    wrong.has(`${row.number} ${name}`) ? "c-danger" : meaningOf(file, name) ? undefined : "t3"
                  }
                >
                  <bdi>{row.cells[at]}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
