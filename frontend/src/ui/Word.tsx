import type { ReactNode } from "react";
import { type Moment, unknownWord } from "../lib/moment";

/** The grey word for a value that is not there: unknown, not collected, none. Never a blank cell. */
export function Word({ children }: { children: ReactNode }) {
  return <span className="unk">{children}</span>;
}

/** Text as a source gives it, isolated for right-to-left names; the grey word "none" when it is empty. */
export function Name({ children, none = "none" }: { children: string | undefined | null; none?: string }) {
  return children ? <bdi>{children}</bdi> : <Word>{none}</Word>;
}

/** The word of an unknown state, for values that are neither yes nor no. */
export function UnknownWord({ state }: { state: Exclude<Moment["state"], "known"> }) {
  return <Word>{unknownWord(state)}</Word>;
}
