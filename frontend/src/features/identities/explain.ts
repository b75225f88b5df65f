import type { Schema } from "../../api/client";
import { entityPath } from "../../lib/entity";
import { dayClockText } from "../../lib/moment";
import { plural } from "../../lib/number";
import type { GraphArrow, GraphBox } from "../../ui/graphLayout";

const words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

function inWords(n: number, one: string, many?: string): string {
  return words[n] ? `${words[n]} ${n === 1 ? one : (many ?? `${one}s`)}` : plural(n, one, many);
}

/** "one path, five memberships; in none of the last four groups directly". */
export function summary({ paths, morePaths, direct }: Schema<"Explanation">): string {
  const steps = paths[0]?.length ?? 0;
  const count = morePaths ? `more than ${paths.length} paths` : inWords(paths.length, "path");
  if (direct) return paths.length > 1 || morePaths ? `${count}; one of them is direct` : "a direct member";
  const shortest =
    paths.length > 1 || morePaths
      ? `the shortest of ${inWords(steps, "membership")}`
      : inWords(steps, "membership");
  const indirect =
    steps > 2 ? `in none of the last ${words[steps - 1] ?? steps - 1} groups directly` : "not in it directly";
  return `${count}, ${shortest}; ${indirect}`;
}

/** The whole explanation as plain text, for a ticket or a mail. */
export function asText({ account, group, paths, morePaths }: Schema<"Explanation">): string {
  const login = account.detail ? ` (${account.detail})` : "";
  const lines = paths.map(
    (path, at) => `${at + 1}. ${[account.name, ...path.map((step) => step.name)].join(" > ")}`,
  );
  if (morePaths) lines.push("There are more paths than these.");
  return [
    `${account.name}${login} is a member of ${group.name} by ${plural(paths.length, "path")}:`,
    ...lines,
  ].join("\n");
}

/** The same as a graph: numbers along the shortest path, words above an arrow that is new. */
export function asGraph(
  { account, group, paths, nodes, edges }: Schema<"Explanation">,
  danger: boolean,
  now: Date,
): { boxes: GraphBox[]; arrows: GraphArrow[] } {
  const shortest = [account.id, ...(paths[0] ?? []).map((step) => step.id)];
  const numbers = new Map(shortest.slice(1).map((id, at) => [`${shortest[at]}>${id}`, String(at + 1)]));
  const boxes = nodes.map(({ ref, detail }) => ({
    id: ref.id,
    title: ref.name,
    detail,
    to: entityPath(ref),
    start: ref.id === account.id,
    danger: danger && ref.id === group.id,
  }));
  const arrows = edges.map((edge) => {
    const label = numbers.get(`${edge.from}>${edge.to}`);
    return {
      from: edge.from,
      to: edge.to,
      ...(label && { label }),
      ...(edge.fresh && { note: `new ${dayClockText(new Date(edge.since), now)}` }),
    };
  });
  return { boxes, arrows };
}
