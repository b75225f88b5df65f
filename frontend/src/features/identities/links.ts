import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";

export type Case = Schema<"CorrelationCase">;
export type Ownership = Schema<"Ownership">;
export type Missing = "owner" | "purpose" | "any" | "overdue";

/** The shortest reason the server takes. */
export const shortestReason = 3;

export const linksQuery = (id: string) =>
  queryOptions({
    queryKey: ["identities", "links", id],
    queryFn: ({ signal }) => dataOf(api.GET("/identities/{id}/links", { signal, params: { path: { id } } })),
  });

export const mergeQuery = (id: string, into: string) =>
  queryOptions({
    queryKey: ["identities", "merge", id, into],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/identities/{id}/merge", { signal, params: { path: { id }, query: { into } } })),
    enabled: into !== "",
  });

export const casesQuery = queryOptions({
  queryKey: ["identities", "cases"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/correlation/cases", { signal, params: { query: { limit: 100 } } })),
});

/** How many accounts wait for a decision. */
export const caseCountQuery = queryOptions({
  queryKey: ["identities", "cases", "count"],
  queryFn: async ({ signal }) =>
    (await dataOf(api.GET("/correlation/cases", { signal, params: { query: { limit: 1 } } }))).total,
});

export const ownershipQuery = (missing: Missing | undefined, q: string | undefined) =>
  queryOptions({
    queryKey: ["accounts", "ownership", missing, q],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/accounts/ownership", {
          signal,
          params: { query: { limit: 500, ...(missing && { missing }), ...(q && { q }) } },
        }),
      ),
  });

/** People that words find, for a field that names one. */
export const peopleNamedQuery = (words: string) =>
  queryOptions({
    queryKey: ["identities", "named", words],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/identities", { signal, params: { query: { q: words, limit: 8 } } })),
    enabled: words.length > 1,
  });

/** An act that changes whose accounts are whose. */
export function useRelink<V>(act: (given: V) => Promise<unknown>, done?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      done?.();
      await Promise.all(
        ["identities", "accounts", "sources", "factors"].map((root) =>
          client.invalidateQueries({ queryKey: [root] }),
        ),
      );
    },
  });
}
