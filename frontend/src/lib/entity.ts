/** A link to a record, as the API gives it. */
export interface Ref {
  kind: "identity" | "account" | "group" | "source" | "run" | "review" | "factor";
  id: string;
  name: string;
  /** Login or DN, where it helps to tell two records of one name apart. */
  detail?: string;
}

const roots: Record<Ref["kind"], string> = {
  identity: "/identities",
  account: "/identities/accounts",
  group: "/groups",
  source: "/directories",
  run: "/directories/runs",
  review: "/reviews",
  factor: "/factors",
};

/** Path of the page about a record. */
export function entityPath(ref: Pick<Ref, "kind" | "id">): string {
  return `${roots[ref.kind]}/${ref.id}`;
}
