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

/** What the address of the findings list says. */
export const findingsAddress = z.object({
  kind: z.string().optional().catch(undefined),
  risk: z.enum(["low", "medium", "high", "critical"]).optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  q: z.string().optional().catch(undefined),
  /** The finding the inspector shows. */
  open: z.string().optional().catch(undefined),
});

export type FindingsAddress = z.output<typeof findingsAddress>;

/** The findings that fit, riskiest first. */
export function findingsList({ kind, risk, source, q }: FindingsAddress): {
  key: unknown[];
  fetch(stretch: Stretch): Promise<Page<Schema<"FindingRow">>>;
} {
  const asked = { ...(kind && { kind }), ...(risk && { risk }), ...(source && { source }), ...(q && { q }) };
  return {
    key: ["findings", "list", asked],
    fetch: ({ offset, limit, signal }) =>
      dataOf(api.GET("/findings", { signal, params: { query: { ...asked, offset, limit } } })),
  };
}
