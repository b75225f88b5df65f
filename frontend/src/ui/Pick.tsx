import { useId } from "react";

/** One of several, chosen in a line: a short drop-down with its label before it, or heard alone. */
export function Pick({
  label,
  heard,
  value,
  choices,
  none,
  onChange,
}: {
  label: string;
  /** The line says what is chosen; the label is for those who hear it. */
  heard?: boolean;
  value: string;
  choices: { value: string; label: string }[];
  /** What no choice is called: "all". Without it one is always chosen. */
  none?: string;
  onChange(value: string | undefined): void;
}) {
  const id = useId();
  return (
    <span className="row" style={{ gap: 6 }}>
      <label htmlFor={id} className={heard ? "sr-only" : "sm t2 nw"}>
        {label}
      </label>
      <select
        id={id}
        className="chip-input date"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value || undefined)}
      >
        {none !== undefined && <option value="">{none}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </span>
  );
}
