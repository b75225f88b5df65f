import { codeLength, digitsOf } from "./CodeBoxes";

const counts = ["No", "One", "Two", "Three", "Four", "Five", "Six"];

/** What an enrolment still needs before it can be activated, in words; undefined once nothing is missing. */
export function missing(code: string, handed: boolean): string | undefined {
  const left = codeLength - digitsOf(code).length;
  if (left > 0) return `${counts[left]} ${left === 1 ? "digit" : "digits"} to go`;
  return handed ? undefined : "Hand over the recovery codes, and say so";
}
