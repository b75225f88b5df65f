import { fieldProblem } from "../../lib/problem";
import { TextArea, TextField } from "../../ui/Field";
import { Section } from "../../ui/Page";
import { ErrorState, ProgressLine } from "../../ui/States";
import { type Draft, isAsked, type Mapping } from "./draft";
import { type MappingField, mappingSections } from "./mappingFields";
import { Samples } from "./Samples";
import type { Check } from "./useCheck";

/** Which attribute means what. The entries below follow when a field is left. */
export function MappingStep({
  draft,
  onChange,
  check,
  start,
}: {
  draft: Draft;
  onChange(draft: Draft): void;
  check: Check;
  start: Draft;
}) {
  const { mapping } = draft.config;
  const set = (field: keyof Mapping, value: string | string[]) =>
    onChange({ ...draft, config: { ...draft.config, mapping: { ...mapping, [field]: value } } });
  // Only a field that says something new is worth another look at the server.
  const left = () => {
    if (!isAsked(draft, check.report)) check.run(draft);
  };
  return (
    <>
      {mappingSections.map(({ title, beside, fields }, at) => (
        <Section key={title} title={title} beside={beside} top={at > 0}>
          <div className="fields" style={{ padding: "0 24px 16px" }}>
            {fields.map((field) => (
              <Field
                key={field.id}
                field={{ ...field, help: field.helpOf?.[draft.kind] ?? field.help }}
                value={mapping[field.id]}
                before={start.source && start.config.mapping[field.id]}
                error={fieldProblem(check.error, field.id)}
                onChange={(value) => set(field.id, value)}
                onLeave={left}
              />
            ))}
          </div>
        </Section>
      ))}
      <div className="lift" />
      {check.pending && (
        <div className="pad">
          <ProgressLine label="Asking the directory with this mapping" done={0} onCancel={check.cancel} />
        </div>
      )}
      {Boolean(check.error) && !check.pending && (
        <ErrorState
          error={check.error}
          what="The directory could not be asked with this mapping."
          onRetry={() => check.run(draft)}
        />
      )}
      {check.report && <Samples samples={check.report.samples} base={check.report.config.baseDn} />}
    </>
  );
}

function Field({
  field,
  value,
  before,
  error,
  onChange,
  onLeave,
}: {
  field: MappingField;
  value: string | string[];
  /** When changing a source: what it says now. */
  before: string | string[] | undefined;
  error: string | undefined;
  onChange(value: string | string[]): void;
  onLeave(): void;
}) {
  const was = before !== undefined && JSON.stringify(before) !== JSON.stringify(value);
  const help = was ? `${field.help} Was: ${[before].flat().join(", ") || "empty"}.` : field.help;
  const shared = { label: field.label, help, error, mono: true, optional: !field.needed, onBlur: onLeave };
  if (Array.isArray(value))
    return (
      <TextArea
        {...shared}
        value={value.join("\n")}
        onChange={(event) => onChange(event.currentTarget.value.split("\n"))}
      />
    );
  return <TextField {...shared} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
