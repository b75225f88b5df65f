import { type KeyboardEvent, useState } from "react";
import { dayClockText } from "../lib/moment";
import { type Mark, markBefore, snap, step } from "./time";

const steps: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 10,
  PageDown: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** The reads that changed something along a line that ends now. An arrow key goes to the next of them. */
export function TimeSlider({
  marks,
  value,
  now,
  onChange,
}: {
  marks: Mark[];
  /** The time that is shown; undefined: now. */
  value: number | undefined;
  now: number;
  onChange(mark: Mark | undefined): void;
}) {
  const [drawn, setDrawn] = useState<number>();
  const first = marks[0]?.at ?? now;
  const span = Math.max(1, now - first);
  const shown = drawn ?? value ?? now;
  const mark = markBefore(marks, shown);
  const go = (event: KeyboardEvent) => {
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onChange(step(marks, value, by));
  };
  const settle = () => {
    if (drawn === undefined) return;
    setDrawn(undefined);
    onChange(snap(marks, drawn, now));
  };
  const words =
    shown >= now && value === undefined
      ? "now"
      : mark
        ? `${dayClockText(new Date(mark.at), new Date(now))}, ${mark.text}`
        : "before the first read";
  return (
    <div className="timeline">
      <input
        type="range"
        aria-label="Moment shown"
        aria-valuetext={words}
        min={first}
        max={now}
        value={Math.min(Math.max(shown, first), now)}
        onChange={(event) => setDrawn(Number(event.currentTarget.value))}
        onPointerUp={settle}
        onBlur={settle}
        onKeyDown={go}
      />
      <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        {marks.map((each) => {
          const x = ((each.at - first) / span) * 1000;
          return <line key={each.at} x1={x} x2={x} y1={0} y2={10} className={each === mark ? "here" : ""} />;
        })}
      </svg>
      <div className="row sm t2">
        <span>{dayClockText(new Date(first), new Date(now))}</span>
        <span className="grow" />
        <span className="ell">{drawn !== undefined && words}</span>
        <span className="grow" />
        <span>now</span>
      </div>
    </div>
  );
}
