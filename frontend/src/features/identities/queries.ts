import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Stretch } from "../../api/pages";

const text = z.string().optional().catch(undefined);
const signIns = [
  "d7",
  "d30",
  "d75",
  "d90",
  "over90",
  "never",
  "notCollected",
  "notSupported",
  "unknown",
] as const;

/**
 * The address of the list. Service and shared accounts have no person behind them, so they are listed as accounts;
 * `account` lists every account, those of people too.
 */
export const listAddress = z.object({
  type: z.enum(["person", "service", "shared", "computer", "account"]).catch("person"),
  sort: z.string().catch("name"),
  q: text,
  enabled: z.enum(["yes", "no"]).optional().catch(undefined),
  locked: z.literal("yes").optional().catch(undefined),
  signIn: z.enum(signIns).optional().catch(undefined),
  finding: text,
  source: text,
  department: text,
  /** The row in the inspector. */
  open: text,
});

export type ListAddress = z.output<typeof listAddress>;

export type Subject = { kind: "identity" | "account"; id: string };

/** Asks for a stretch of the people. */
export function peopleList({ type: _type, open: _open, ...query }: ListAddress) {
  return {
    key: ["identities", "list", query],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(api.GET("/identities", { signal, params: { query: { ...query, offset, limit } } })),
  };
}

/** Asks for a stretch of the accounts of a sort, or of all accounts. */
export function accountList({ sort, q, enabled, signIn, finding, source, type }: Omit<ListAddress, "open">) {
  const query = { sort, q, enabled, signIn, finding, source, ...(type !== "account" && { type }) };
  return {
    key: ["accounts", "list", query],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(api.GET("/accounts", { signal, params: { query: { ...query, offset, limit } } })),
  };
}

/** How many there are of each sort, whatever the filters. */
export const totalsQuery = queryOptions({
  queryKey: ["identities", "totals"],
  queryFn: async ({ signal }) => {
    const [person, service, shared, computer, account] = await Promise.all([
      dataOf(api.GET("/identities", { signal, params: { query: { limit: 1 } } })),
      dataOf(api.GET("/accounts", { signal, params: { query: { limit: 1, type: "service" } } })),
      dataOf(api.GET("/accounts", { signal, params: { query: { limit: 1, type: "shared" } } })),
      dataOf(api.GET("/accounts", { signal, params: { query: { limit: 1, type: "computer" } } })),
      dataOf(api.GET("/accounts", { signal, params: { query: { limit: 1 } } })),
    ]);
    return { person, service, shared, computer, account };
  },
});

export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});

export const identityQuery = (id: string) =>
  queryOptions({
    queryKey: ["identities", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/identities/{id}", { signal, params: { path: { id } } })),
  });

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ["accounts", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/accounts/{id}", { signal, params: { path: { id } } })),
  });

export const membershipsQuery = ({ kind, id }: Subject) =>
  queryOptions({
    queryKey: [kind === "identity" ? "identities" : "accounts", "memberships", id],
    queryFn: ({ signal }) => {
      const ask = { signal, params: { path: { id } } };
      return dataOf<Schema<"Memberships">>(
        kind === "identity"
          ? api.GET("/identities/{id}/memberships", ask)
          : api.GET("/accounts/{id}/memberships", ask),
      );
    },
  });

export const explanationQuery = (account: string, group: string) =>
  queryOptions({
    queryKey: ["accounts", "paths", account, group],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/accounts/{id}/paths", { signal, params: { path: { id: account }, query: { group } } }),
      ),
  });

/** Asks for a stretch of what was observed of a subject, newest first. */
export function timeline({ kind, id }: Subject) {
  return {
    key: [kind === "identity" ? "identities" : "accounts", "timeline", id],
    fetch: ({ offset, limit, signal }: Stretch) => {
      const ask = { signal, params: { path: { id }, query: { offset, limit } } };
      return dataOf<Schema<"PageTimelineEntry">>(
        kind === "identity"
          ? api.GET("/identities/{id}/timeline", ask)
          : api.GET("/accounts/{id}/timeline", ask),
      );
    },
  };
}

/** The first entries of it, for the inspector. */
export const timelineStartQuery = (subject: Subject) =>
  queryOptions({
    queryKey: [...timeline(subject).key, "start"],
    queryFn: ({ signal }) => timeline(subject).fetch({ offset: 0, limit: 4, signal }),
  });
