/** A point in time, or the reason why there is none. The four reasons stay different everywhere. */
export interface Moment {
  state: "known" | "never" | "unknown" | "notCollected" | "notSupported";
  /** RFC 3339, UTC. Set when the state is known. */
  at?: string;
}

export type Unknown = Exclude<Moment["state"], "known">;

/** A yes or no, or the reason why neither can be said. */
export type TriState = "yes" | "no" | "unknown" | "notCollected" | "notSupported";

/** A tri-state as the API spells it; a word of a newer server counts as unknown. */
export function triOf(text: string): TriState {
  return text === "yes" || text === "no" || text === "notCollected" || text === "notSupported"
    ? text
    : "unknown";
}

const unknownWords: Record<Unknown, string> = {
  never: "never",
  unknown: "unknown",
  notCollected: "not collected",
  notSupported: "not supported",
};

/** The grey word for a value that is not there: "never", "unknown", "not collected", "not supported". */
export function unknownWord(state: Unknown): string {
  return unknownWords[state];
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The distance between two times in one word: "4 min", "2 h", "26 d". Under a minute it is "now". */
export function ageText(at: Date, now: Date): string {
  const ms = Math.abs(now.getTime() - at.getTime());
  if (ms < minute) return "now";
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} d`;
}

/** The age as a clause: "4 min ago", "in 30 d", "just now". */
export function agoText(at: Date, now: Date): string {
  const age = ageText(at, now);
  if (age === "now") return "just now";
  return at.getTime() > now.getTime() ? `in ${age}` : `${age} ago`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number) => String(n).padStart(2, "0");

/** Local clock time, "14:28". */
export function clockText(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Local calendar day: "today", "8 Mar"; with its year once it is 300 days away or in a year to come. */
export function dayText(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return "today";
  const text = `${at.getDate()} ${months[at.getMonth()]}`;
  const far = Math.abs(now.getTime() - at.getTime()) > 300 * day || at.getFullYear() > now.getFullYear();
  return far ? `${text} ${at.getFullYear()}` : text;
}

/** Day and clock, "today 13:51", "2 Feb 09:14"; a day with its year goes without its clock. */
export function dayClockText(at: Date, now: Date): string {
  const text = dayText(at, now);
  return text.length > 6 ? text : `${text} ${clockText(at)}`;
}

/** The full time in UTC, for the tooltip: "2026-03-10 13:28:07 UTC". */
export function utcText(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
