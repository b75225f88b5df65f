/** One mark of the time line: a read that changed something. */
export interface Mark {
  at: number;
  /** The same moment as the server tells it, to the microsecond. */
  asked: string;
  text: string;
}

/** The newest mark at or before a time; undefined before the first. */
export function markBefore(marks: readonly Mark[], at: number): Mark | undefined {
  return marks.findLast((mark) => mark.at <= at);
}

/**
 * Where a step along the time line leads: from a time, so many marks back or forth. Behind the last mark lies now,
 * which is undefined; before the first there is nothing to go to.
 */
export function step(marks: readonly Mark[], from: number | undefined, by: number): Mark | undefined {
  const last = marks.length;
  const index = from === undefined ? last : marks.findLastIndex((mark) => mark.at <= from);
  const next = Math.min(last, Math.max(0, index + by));
  return marks[next];
}

/** Where a pointer's time leads: to the mark before it, or to now right of the last one. */
export function snap(marks: readonly Mark[], at: number, now: number): Mark | undefined {
  const mark = markBefore(marks, at);
  if (!mark) return marks[0];
  return mark === marks.at(-1) && at > (mark.at + now) / 2 ? undefined : mark;
}

/** A local date and time as a field of that kind holds it: 2026-03-09T14:28. */
export function fieldText(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What such a field says, as the server reads it; undefined if it is no time or has not come yet. */
export function askedOf(field: string, now: Date): string | undefined {
  const at = new Date(field);
  if (Number.isNaN(at.getTime()) || at.getTime() > now.getTime()) return undefined;
  return at.toISOString();
}
