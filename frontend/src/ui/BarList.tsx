import { Fragment } from "react";
import { NumberLink } from "./Links";

export interface Bar {
  label: string;
  value: number;
  tone: "plain" | "warn" | "unsure";
  /** Where the bar's rows are. */
  to: string;
  search?: Record<string, string | undefined>;
}

/** Counts as bars, the value written at each, each opening its rows. */
export function BarList({ bars, unit }: { bars: Bar[]; unit: string }) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <dl className="bars">
      {bars.map((bar) => (
        <Fragment key={bar.label}>
          <dt>{bar.label}</dt>
          <dd className="track" aria-hidden="true">
            <i
              className={`${bar.tone} ${bar.value ? "" : "zero"}`}
              style={{ width: `${(bar.value / most) * 100}%` }}
            />
          </dd>
          <dd>
            <NumberLink
              value={bar.value}
              to={bar.to}
              label={`${unit}: ${bar.label}`}
              {...(bar.search && { search: bar.search })}
            />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
