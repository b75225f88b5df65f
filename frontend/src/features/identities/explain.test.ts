import { describe, expect, it } from "vitest";
import type { Schema } from "../../api/client";
import { asGraph, asText, summary } from "./explain";

const group = (id: string, name: string) => ({ kind: "group" as const, id, name });
const account = { kind: "account" as const, id: "1", name: "Mei-Lin Aasen", detail: "mlaasen" };
const chain = ["calib-interns", "calib-lab", "lab-operations", "infra-operators", "Administrators"].map(
  (name, at) => group(String(at + 2), name),
);
const administrators = group("6", "Administrators");
const since = "2026-03-10T12:51:00Z";

function explanation(more: Partial<Schema<"Explanation">> = {}): Schema<"Explanation"> {
  const all = [account, ...chain];
  return {
    account,
    group: administrators,
    direct: false,
    paths: [chain],
    morePaths: false,
    nodes: all.map((ref) => ({ ref, detail: "", privileged: false, target: ref.id === "6" })),
    edges: chain.map((to, at) => ({ from: all[at]?.id ?? "", to: to.id, since, fresh: at === 3 })),
    prove: "",
    ...more,
  };
}

describe("why, in words", () => {
  it.each([
    [explanation(), "one path, five memberships; in none of the last four groups directly"],
    [explanation({ paths: [chain.slice(3)] }), "one path, two memberships; not in it directly"],
    [
      explanation({ paths: [chain, chain] }),
      "two paths, the shortest of five memberships; in none of the last four groups directly",
    ],
    [explanation({ direct: true, paths: [[administrators]] }), "a direct member"],
    [explanation({ direct: true, paths: [[administrators], chain] }), "two paths; one of them is direct"],
    [
      explanation({ morePaths: true }),
      "more than 1 paths, the shortest of five memberships; in none of the last four groups directly",
    ],
  ])("%#", (given, words) => {
    expect(summary(given)).toBe(words);
  });

  it("as text names the account, its login and every step", () => {
    expect(asText(explanation())).toBe(
      "Mei-Lin Aasen (mlaasen) is a member of Administrators by 1 path:\n" +
        "1. Mei-Lin Aasen > calib-interns > calib-lab > lab-operations > infra-operators > Administrators",
    );
  });
});

describe("why, as a graph", () => {
  const { boxes, arrows } = asGraph(explanation(), true, new Date("2026-03-10T13:32:00Z"));

  it("starts at the account and ends at the group, red only for a finding", () => {
    expect(boxes[0]).toMatchObject({
      title: "Mei-Lin Aasen",
      start: true,
      danger: false,
      to: "/identities/accounts/1",
    });
    expect(boxes.at(-1)).toMatchObject({ title: "Administrators", danger: true, to: "/groups/6" });
    expect(asGraph(explanation(), false, new Date()).boxes.some((box) => box.danger)).toBe(false);
  });

  it("numbers the shortest path and marks the new membership", () => {
    expect(arrows.map((arrow) => arrow.label)).toEqual(["1", "2", "3", "4", "5"]);
    expect(arrows.map((arrow) => Boolean(arrow.note))).toEqual([false, false, false, true, false]);
  });
});
