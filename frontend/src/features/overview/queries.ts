import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Page, Stretch } from "../../api/pages";
import { readingInterval } from "../../api/runs";

export type Overview = Schema<"Overview">;

/** True while a source is being read. */
export function isReading(source: Schema<"Source">): boolean {
  return source.newest?.state === "reading";
}

/** The first page; asked again each second while a source is being read. */
export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => dataOf(api.GET("/overview", { signal })),
  refetchInterval: (query) => (query.state.data?.sources.some(isReading) ? readingInterval : false),
});

/** The sources a finding can be of. */
export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});

/** What the address of the findings page says. */
export const findingsAddress = z.object({
  /** The riskiest by cause, every finding, what is accepted, or the checks; by the filters if not said. */
  view: z.enum(["top", "list", "accepted", "checks"]).optional().catch(undefined),
  kind: z.string().optional().catch(undefined),
  risk: z.enum(["low", "medium", "high", "critical"]).optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  /** The privileged group that is reached. */
  group: z.string().optional().catch(undefined),
  q: z.string().optional().catch(undefined),
  /** The finding the inspector shows. */
  open: z.string().optional().catch(undefined),
  /** The baseline dialog is open. */
  baseline: z.string().optional().catch(undefined),
});

export type FindingsAddress = z.output<typeof findingsAddress>;
export type FindingsView = NonNullable<FindingsAddress["view"]>;

/** The riskiest first, where nothing is asked for in particular. */
export function viewOf({ view, kind, risk, source, group, q }: FindingsAddress): FindingsView {
  return view ?? (kind || risk || source || group || q ? "list" : "top");
}

/** What an address narrows the list to, as the API takes it. */
export function askedOf({ kind, risk, source, group, q }: FindingsAddress) {
  return {
    ...(kind && { kind }),
    ...(risk && { risk }),
    ...(source && { source }),
    ...(group && { group }),
    ...(q && { q }),
  };
}

/** The findings that fit, riskiest first. */
export function findingsList(
  address: FindingsAddress,
  state: "open" | "accepted",
): {
  key: unknown[];
  fetch(stretch: Stretch): Promise<Page<Schema<"FindingRow">>>;
} {
  const asked = { ...askedOf(address), state };
  return {
    key: ["findings", "list", asked],
    fetch: ({ offset, limit, signal }) =>
      dataOf(api.GET("/findings", { signal, params: { query: { ...asked, offset, limit } } })),
  };
}

/** One finding with what it rests on. */
export function findingQuery(id: string) {
  return queryOptions({
    queryKey: ["findings", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/findings/{id}", { signal, params: { path: { id } } })),
  });
}

/** The riskiest findings, one line a cause. */
export function topQuery(limit: number) {
  return queryOptions({
    queryKey: ["findings", "top", limit],
    queryFn: ({ signal }) => dataOf(api.GET("/findings/top", { signal, params: { query: { limit } } })),
  });
}

/** From when on the checks notice. */
export const rulesQuery = queryOptions({
  queryKey: ["findings", "rules"],
  queryFn: ({ signal }) => dataOf(api.GET("/findings/rules", { signal })),
});

/** How each check stands. */
export const checksQuery = queryOptions({
  queryKey: ["findings", "summary"],
  queryFn: ({ signal }) => dataOf(api.GET("/findings/summary", { signal })),
});
