import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf } from "../../api/client";
import type { Stretch } from "../../api/pages";

const text = z.string().optional().catch(undefined);

/** The address of the list. */
export const listAddress = z.object({
  sort: z.string().catch("name"),
  q: text,
  privileged: z.literal("yes").optional().catch(undefined),
  finding: text,
  source: text,
  /** The row in the inspector. */
  open: text,
});

export type ListAddress = z.output<typeof listAddress>;

/** Asks for a stretch of the groups. */
export function groupList({ open: _open, ...query }: ListAddress) {
  return {
    key: ["groups", "list", query],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(api.GET("/groups", { signal, params: { query: { ...query, offset, limit } } })),
  };
}

/** How many groups there are, whatever the filters. */
export const totalQuery = queryOptions({
  queryKey: ["groups", "total"],
  queryFn: ({ signal }) => dataOf(api.GET("/groups", { signal, params: { query: { limit: 1 } } })),
});

export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});

export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ["groups", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/groups/{id}", { signal, params: { path: { id } } })),
  });

export const nestingQuery = (id: string) =>
  queryOptions({
    queryKey: ["groups", "nesting", id],
    queryFn: ({ signal }) => dataOf(api.GET("/groups/{id}/nesting", { signal, params: { path: { id } } })),
  });

/** Asks for a stretch of the members, direct ones or all who are in the group by any path. */
export function members(id: string, effective: boolean, q: string | undefined) {
  return {
    key: ["groups", "members", id, effective, q ?? ""],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/groups/{id}/members", {
          signal,
          params: { path: { id }, query: { effective, q, offset, limit } },
        }),
      ),
  };
}

/** The first effective members, for the inspector. */
export const memberStartQuery = (id: string) =>
  queryOptions({
    queryKey: ["groups", "members", id, "start"],
    queryFn: ({ signal }) => members(id, true, undefined).fetch({ offset: 0, limit: 6, signal }),
  });

/** Asks for a stretch of the members that are no account or group of ours. */
export function unresolved(id: string) {
  return {
    key: ["groups", "unresolved", id],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/groups/{id}/unresolved", { signal, params: { path: { id }, query: { offset, limit } } }),
      ),
  };
}

/** Asks for a stretch of what was observed of a group, newest first. */
export function timeline(id: string) {
  return {
    key: ["groups", "timeline", id],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/groups/{id}/timeline", { signal, params: { path: { id }, query: { offset, limit } } }),
      ),
  };
}
