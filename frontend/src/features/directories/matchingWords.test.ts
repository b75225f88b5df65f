import { describe, expect, it } from "vitest";
import { demands, moved, type Rule, wrongIn } from "./matchingWords";

const rule = (rest: Partial<Rule>): Rule => ({
  name: "Mine",
  on: ["mail", "surname"],
  effect: "link",
  confidence: 90,
  ...rest,
});

describe("a matching rule", () => {
  it("says what it demands, the strongest first", () => {
    expect(demands(rule({ on: ["name", "mail"] }))).toBe("mail equal and full name equal");
  });

  it.each<[string, Partial<Rule>, RegExp | undefined]>([
    ["as it should be", {}, undefined],
    ["without a name", { name: "  " }, /Name the rule/],
    ["with the name of another", { name: "Number alone" }, /Another rule/],
    ["that demands nothing", { on: [] }, /what has to agree/],
    ["that would link by one sign", { on: ["mail"] }, /demand a name/],
    ["that would link by names alone", { on: ["name"] }, /demand a name and one of/],
    ["that would link by login and a similar name", { on: ["login", "similarName"] }, /equal full name/],
    ["that asks by one sign", { on: ["mail"], effect: "ask" }, undefined],
    ["that is off", { on: ["login", "similarName"], effect: "off" }, undefined],
    ["surer than sure", { confidence: 101 }, /1 to 100/],
    ["with no confidence", { confidence: Number.NaN }, /1 to 100/],
  ])("%s", (_, rest, says) => {
    const wrong = wrongIn(rule(rest), [rule({ name: "Number alone" })]);
    if (says) expect(wrong).toMatch(says);
    else expect(wrong).toBeUndefined();
  });

  it("moves by one place", () => {
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  });
});
