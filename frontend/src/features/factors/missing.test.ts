import { expect, it } from "vitest";
import { missing } from "./missing";

it.each([
  ["", false, "Six digits to go"],
  ["4180", true, "Two digits to go"],
  ["41 029", false, "One digit to go"],
  ["418029", false, "Hand over the recovery codes, and say so"],
  ["418029", true, undefined],
])("with the code %j and the codes handed over: %s, it says %j", (code, handed, words) => {
  expect(missing(code, handed)).toBe(words);
});
