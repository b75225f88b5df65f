import { type KeyboardEvent, type ReactNode, useRef } from "react";

export interface Choice<V extends string> {
  value: V;
  label: ReactNode;
  /** Grey count after the label. */
  count?: ReactNode;
}

/** A switch between two to four views of the same page. */
export function Segmented<V extends string>({
  label,
  value,
  choices,
  onChange,
  small,
}: {
  label: string;
  value: V;
  choices: Choice<V>[];
  onChange(value: V): void;
  small?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = choices.findIndex((choice) => choice.value === value);
    const next = (at + step + choices.length) % choices.length;
    const choice = choices[next];
    if (choice) onChange(choice.value);
    (box.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div
      ref={box}
      className={small ? "seg small" : "seg"}
      role="radiogroup"
      aria-label={label}
      onKeyDown={move}
    >
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          aria-checked={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
          {choice.count !== undefined && <span>{choice.count}</span>}
        </button>
      ))}
    </div>
  );
}
