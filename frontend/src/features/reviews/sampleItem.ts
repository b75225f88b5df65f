import type { Item } from "./verdicts";

/** An item for tests: Mei-Lin Aasen in Administrators by way of two groups. */
export function sampleItem(number: number, more: Partial<Item> = {}): Item {
  return {
    item: number,
    basis: "effective",
    subject: { kind: "account", id: `a${number}`, name: `Person ${number}` },
    login: `person${number}`,
    sort: "person",
    identity: { kind: "identity", id: `i${number}`, name: `Person ${number}` },
    department: "Calibration Lab",
    title: "Intern",
    enabled: "yes",
    group: { kind: "group", id: "g1", name: "Administrators" },
    source: { kind: "source", id: "s1", name: "corp.halden.example" },
    privileged: true,
    path: [
      { kind: "group", id: "g3", name: "lab-operations" },
      { kind: "group", id: "g2", name: "infra-operators" },
      { kind: "group", id: "g1", name: "Administrators" },
    ],
    morePaths: false,
    peers: 3,
    peersOf: 9,
    lastSignIn: { state: "known", at: "2026-03-08T07:00:00Z" },
    observedAt: "2026-03-11T06:54:00Z",
    relation: "owner",
    verdict: "undecided",
    decision: 0,
    ...more,
  };
}
