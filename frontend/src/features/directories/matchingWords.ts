import type { Schema } from "../../api/client";

export type Rule = Schema<"CorrelationRule">;
export type Criterion = Rule["on"][number];

/** What two accounts may agree in, the strongest first. */
export const criteria: { value: Criterion; label: string }[] = [
  { value: "employeeNumber", label: "employee number equal" },
  { value: "mail", label: "mail equal" },
  { value: "login", label: "login equal" },
  { value: "name", label: "full name equal" },
  { value: "similarName", label: "name similar" },
  { value: "surname", label: "surname similar, given name not contradictory" },
  { value: "possibleName", label: "names not contradictory" },
];

/** What a rule demands, in words. */
export function demands(rule: Pick<Rule, "on">): string {
  return criteria
    .filter(({ value }) => rule.on.includes(value))
    .map(({ label }) => label)
    .join(" and ");
}

/** What happens with accounts that a rule fits. */
export const effects = [
  { value: "link", label: "Link" },
  { value: "ask", label: "Ask" },
  { value: "off", label: "Off" },
] as const;

/** Most criteria that one rule takes, and most rules. */
export const mostCriteria = 5;
export const mostRules = 30;

/** Why a rule cannot be kept as it is, as the server would say; undefined if it can. */
export function wrongIn(rule: Rule, others: readonly Rule[]): string | undefined {
  const has = (...some: Criterion[]) => some.some((each) => rule.on.includes(each));
  const named = has("name", "similarName", "surname", "possibleName");
  const links = rule.effect === "link";
  if (!rule.name.trim()) return "Name the rule.";
  if (others.some((each) => each.name === rule.name.trim())) return "Another rule has this name.";
  if (rule.on.length === 0) return "Choose what has to agree.";
  if (rule.on.length > mostCriteria) return `Choose at most ${mostCriteria} criteria.`;
  if (links && !(named && has("employeeNumber", "mail", "login")))
    return "To link, demand a name and one of employee number, mail and login; or let it ask.";
  if (links && has("login") && !has("employeeNumber", "mail", "name"))
    return "To link by an equal login, demand an equal full name; or let it ask.";
  if (!(rule.confidence >= 1 && rule.confidence <= 100)) return "The confidence is from 1 to 100.";
  return undefined;
}

/** The rules with the one at an index moved by a step. */
export function moved<T>(rules: readonly T[], at: number, step: -1 | 1): T[] {
  const next = [...rules];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(at + step, 0, one);
  return next;
}
