import { type ClipboardEvent, type KeyboardEvent, useRef } from "react";

/** How many digits an app shows. */
export const codeLength = 6;

const empty = " ";

function cellsOf(value: string): string[] {
  return Array.from({ length: codeLength }, (_, at) => value[at] ?? empty);
}

/** The digits that are there, without the gaps. */
export function digitsOf(value: string): string {
  return value.replace(/\D/g, "");
}

/** The value after digits were written from a box on; a whole code starts at the first box wherever it came in. */
export function written(value: string, at: number, digits: string): { value: string; next: number } {
  const from = digits.length >= codeLength ? 0 : at;
  const cells = cellsOf(value);
  [...digits].slice(0, codeLength - from).forEach((digit, index) => {
    cells[from + index] = digit;
  });
  return { value: cells.join(""), next: Math.min(from + digits.length, codeLength - 1) };
}

/**
 * Six boxes for the digits of a code. Typing goes on to the next box, a pasted code fills all, arrows and Home and
 * End move, Backspace takes back, Enter is done. A gap in the value is a space.
 */
export function CodeBoxes({
  label,
  value,
  onChange,
  onEnter,
  describedBy,
  invalid,
  autoFocus,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
  onEnter(): void;
  /** Id of the text that helps, or says what is wrong. */
  describedBy?: string;
  invalid?: boolean;
  autoFocus?: boolean;
}) {
  const box = useRef<HTMLFieldSetElement>(null);
  const cells = cellsOf(value);
  const focus = (at: number) => box.current?.querySelectorAll("input")[at]?.focus();
  const write = (at: number, text: string) => {
    const digits = digitsOf(text);
    if (!digits) return;
    const after = written(value, at, digits);
    onChange(after.value);
    focus(after.next);
  };
  const clear = (at: number) => onChange(cells.map((cell, index) => (index === at ? empty : cell)).join(""));
  const press = (event: KeyboardEvent<HTMLInputElement>, at: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: codeLength - 1 }[event.key];
    if (/^\d$/.test(event.key)) write(at, event.key);
    else if (to !== undefined) focus(Math.max(0, Math.min(codeLength - 1, to)));
    else if (event.key === "Delete") clear(at);
    else if (event.key === "Backspace") {
      const from = cells[at] === empty ? Math.max(0, at - 1) : at;
      clear(from);
      focus(from);
    } else if (event.key === "Enter") onEnter();
    else return;
    event.preventDefault();
  };
  const paste = (event: ClipboardEvent, at: number) => {
    event.preventDefault();
    write(at, event.clipboardData.getData("text"));
  };
  return (
    <fieldset ref={box} className="otp" aria-label={label} aria-describedby={describedBy}>
      {cells.map((cell, at) => (
        <input
          // biome-ignore lint/suspicious/noArrayIndexKey: a box is its place
          key={at}
          inputMode="numeric"
          autoComplete="off"
          aria-label={`Digit ${at + 1} of ${codeLength}`}
          aria-invalid={invalid || undefined}
          value={cell.trim()}
          // biome-ignore lint/a11y/noAutofocus: the page exists to take this code
          autoFocus={autoFocus && at === 0}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => press(event, at)}
          onPaste={(event) => paste(event, at)}
          onChange={(event) => write(at, event.currentTarget.value)}
        />
      ))}
    </fieldset>
  );
}
