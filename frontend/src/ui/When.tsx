import { useNow } from "../lib/clock";
import {
  ageText,
  agoText,
  clockText,
  dayClockText,
  dayText,
  type Moment,
  unknownWord,
  utcText,
} from "../lib/moment";

export interface WhenProps {
  /** RFC 3339 text, or a moment that may be an unknown. */
  at: string | Moment | undefined;
  /**
   * `day`: 8 Mar. `clock`: 14:28. `full`: 2 Feb 09:14. `near`: the clock today, else the day. `recent`: with its
   * clock only today.
   */
  form?: "day" | "clock" | "full" | "near" | "recent";
  /** The age beside it in grey: short (4 min) or as a clause (4 min ago). */
  age?: "short" | "ago";
  /** Only the age, no time. */
  onlyAge?: boolean;
}

/** A time with its age, UTC in the tooltip; or the grey word for why there is none. */
export function When({ at, form = "full", age, onlyAge }: WhenProps) {
  const now = useNow();
  const moment: Moment = typeof at === "string" ? { state: "known", at } : (at ?? { state: "unknown" });
  if (moment.state !== "known" || !moment.at)
    return <span className="unk">{unknownWord(moment.state === "known" ? "unknown" : moment.state)}</span>;
  const date = new Date(moment.at);
  const ageWords = age === "ago" ? agoText(date, now) : ageText(date, now);
  if (onlyAge)
    return (
      <time className="age" dateTime={moment.at} title={utcText(date)}>
        {ageWords}
      </time>
    );
  const today = dayText(date, now) === "today";
  const text = {
    day: dayText(date, now),
    clock: clockText(date),
    full: dayClockText(date, now),
    near: today ? clockText(date) : dayText(date, now),
    recent: today ? dayClockText(date, now) : dayText(date, now),
  }[form];
  return (
    <time dateTime={moment.at} title={utcText(date)}>
      {text}
      {age && <span className="age"> {ageWords}</span>}
    </time>
  );
}
