import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Stretch } from "../../api/pages";
import type { Ref } from "../../lib/entity";
import { canPlan, type Draft, planBody } from "./plan";

export type Campaign = Schema<"Campaign">;
export type Detail = Schema<"CampaignDetail">;
export type ItemDetail = Schema<"ReviewItemDetail">;
export type Removal = Schema<"Removal">;
export type LaterChange = Schema<"LaterChange">;

const text = z.string().optional().catch(undefined);

export const tabs = ["items", "reviewers", "removals", "changes", "evidence"] as const;
export const removalStates = ["waiting", "removed", "alreadyGone", "stillThere", "unproven"] as const;
const verdicts = [
  "undecided",
  "keep",
  "revoke",
  "modify",
  "exception",
  "defer",
  "dontKnow",
  "decided",
] as const;

/** The address of a campaign's page. */
export const campaignAddress = z.object({
  tab: z.enum(tabs).catch("items"),
  /** An identity, "nobody", or "all"; absent: the person who decides, if they have items here. */
  reviewer: text,
  verdict: z.enum(verdicts).optional().catch(undefined),
  basis: z.enum(["direct", "group", "effective", "unresolved"]).optional().catch(undefined),
  group: text,
  excluded: z.literal("yes").optional().catch(undefined),
  q: text,
  by: z.enum(["group", "none"]).catch("group"),
  /** Who decides: an identity. */
  as: text,
  /** The item in the inspector. */
  item: z.coerce.number().int().positive().optional().catch(undefined),
  state: z.enum(removalStates).optional().catch(undefined),
  op: z.enum(["joined", "departed"]).optional().catch(undefined),
});

export type CampaignAddress = z.output<typeof campaignAddress>;

/** What the items of a campaign are narrowed by. */
export type ItemFilter = Pick<CampaignAddress, "verdict" | "basis" | "group" | "q"> & {
  reviewer?: string | undefined;
  excluded?: boolean | undefined;
};

/** Asks for a stretch of the campaigns, newest first. */
export function campaignList(state: Campaign["state"] | undefined) {
  return {
    key: ["reviews", "list", state ?? ""],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(api.GET("/reviews", { signal, params: { query: { state, offset, limit } } })),
  };
}

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: ["reviews", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/reviews/{id}", { signal, params: { path: { id } } })),
  });

/** The groups of a campaign with the numbers of their items, in the order of the items. */
export const groupsQuery = (id: string, filter: ItemFilter) =>
  queryOptions({
    queryKey: ["reviews", "groups", id, filter],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/reviews/{id}/groups", { signal, params: { path: { id }, query: filter } })),
  });

/** Asks for a stretch of the items, in the order of their numbers. */
export function itemList(id: string, filter: ItemFilter) {
  return {
    key: ["reviews", "items", id, filter],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/reviews/{id}/items", {
          signal,
          params: { path: { id }, query: { ...filter, offset, limit } },
        }),
      ),
  };
}

export const itemQuery = (id: string, item: number) =>
  queryOptions({
    queryKey: ["reviews", "item", id, item],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/reviews/{id}/items/{item}", { signal, params: { path: { id, item } } })),
  });

/** Asks for a stretch of the removals. */
export function removalList(id: string, state: Removal["state"] | undefined) {
  return {
    key: ["reviews", "removals", id, state ?? ""],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/reviews/{id}/removals", {
          signal,
          params: { path: { id }, query: { state, offset, limit } },
        }),
      ),
  };
}

/** Asks for a stretch of what came and went after the freeze. */
export function changeList(id: string, op: LaterChange["op"] | undefined) {
  return {
    key: ["reviews", "changes", id, op ?? ""],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/reviews/{id}/changes", { signal, params: { path: { id }, query: { op, offset, limit } } }),
      ),
  };
}

/** What a campaign would freeze now; asked anew as the draft changes, the last answer stays until the next. */
export const planQuery = (draft: Draft) => {
  const body = planBody(draft);
  return queryOptions({
    queryKey: ["reviews", "plan", body],
    queryFn: ({ signal }) => dataOf(api.POST("/reviews/plan", { signal, body })),
    enabled: canPlan(draft),
    placeholderData: keepPreviousData,
  });
};

export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});

export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ["groups", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/groups/{id}", { signal, params: { path: { id } } })),
  });

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ["identities", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/identities/{id}", { signal, params: { path: { id } } })),
  });

/** The value, told only after it has stood still for a while. */
export function useSettled<T>(value: T, ms = 200): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** People whose name, login or mail fits a text. */
export function usePeople(search: string): { found: Ref[]; busy: boolean } {
  const q = useSettled(search.trim());
  const answer = useQuery({
    queryKey: ["identities", "pick", q],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/identities", { signal, params: { query: { q, limit: 8, sort: "name" } } })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
  const found = (search.trim() === "" ? [] : (answer.data?.items ?? [])).map(({ id, name, login }) => ({
    kind: "identity" as const,
    id,
    name,
    detail: login,
  }));
  return { found, busy: answer.isFetching || q !== search.trim() };
}

/** Groups whose name fits a text. */
export function useGroups(search: string): { found: Ref[]; busy: boolean } {
  const q = useSettled(search.trim());
  const answer = useQuery({
    queryKey: ["groups", "pick", q],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/groups", { signal, params: { query: { q, limit: 8, sort: "name" } } })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
  const found = (search.trim() === "" ? [] : (answer.data?.items ?? [])).map(({ id, name, source }) => ({
    kind: "group" as const,
    id,
    name,
    detail: source.name,
  }));
  return { found, busy: answer.isFetching || q !== search.trim() };
}
