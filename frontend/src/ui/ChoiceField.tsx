import { type ReactNode, useId } from "react";

/** One of a few, each with a sentence of its own, all in sight. */
export function ChoiceField<V extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: V;
  choices: { value: V; label: string; help: ReactNode }[];
  onChange(value: V): void;
}) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="choice">
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span className="b">{choice.label}</span>
          <small>{choice.help}</small>
        </label>
      ))}
    </fieldset>
  );
}
