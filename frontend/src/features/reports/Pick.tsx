import { useId } from "react";

/** One of several, chosen in the line of a report's question. */
export function Pick({
  label,
  value,
  choices,
  none,
  onChange,
}: {
  label: string;
  value: string;
  choices: [string, string][];
  none: string;
  onChange(value: string | undefined): void;
}) {
  const id = useId();
  return (
    <span className="row" style={{ gap: 6 }}>
      <label htmlFor={id} className="sm t2 nw">
        {label}
      </label>
      <select
        id={id}
        className="chip-input date"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value || undefined)}
      >
        <option value="">{none}</option>
        {choices.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}
