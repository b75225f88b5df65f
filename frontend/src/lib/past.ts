import { createContext, useContext } from "react";

/** The parameter of every address that names the moment it is about; without it the page is about now. */
export const pastParam = "at";

/** The moment in the past that the console shows, as the server reads it; undefined: now. */
export const PastContext = createContext<string | undefined>(undefined);

/** The moment in the past that is shown; undefined: now. */
export function usePast(): string | undefined {
  return useContext(PastContext);
}

/** Why nothing can be done to what is shown, while it is the past. */
export const pastReason = "You see the past. Go back to now to act.";

let shown: string | undefined;

/** Notes the moment for what is no component: the question to the server and the name of its answer. */
export function showPast(at: string | undefined): void {
  shown = at;
}

/** The moment that showPast noted. */
export function pastShown(): string | undefined {
  return shown;
}
