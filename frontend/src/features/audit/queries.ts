import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Page, Stretch } from "../../api/pages";

export type Event = Schema<"Event">;

/** What the address of the audit log says. */
export const auditAddress = z.object({
  action: z.string().optional().catch(undefined),
  outcome: z.enum(["done", "refused", "failed"]).optional().catch(undefined),
  actor: z.string().optional().catch(undefined),
  q: z.string().optional().catch(undefined),
  /** Number of the event the inspector shows. */
  open: z.string().optional().catch(undefined),
  panel: z.literal("verify").optional().catch(undefined),
});

export type AuditAddress = z.output<typeof auditAddress>;

/** The events that fit, newest first. */
export function eventList({ action, outcome, actor, q }: AuditAddress): {
  key: unknown[];
  fetch(stretch: Stretch): Promise<Page<Event>>;
} {
  const asked = {
    ...(action && { action }),
    ...(outcome && { outcome }),
    ...(actor && { actor }),
    ...(q && { q }),
  };
  return {
    key: ["events", "list", asked],
    fetch: ({ offset, limit, signal }) =>
      dataOf(api.GET("/events", { signal, params: { query: { ...asked, offset, limit } } })),
  };
}

/** One event by its number. Numbers have no gaps, so its place in the log follows from the newest one's. */
export const eventQuery = (seq: number) =>
  queryOptions({
    queryKey: ["events", "one", seq],
    queryFn: async ({ signal }) => {
      const at = async (offset: number) =>
        (await dataOf(api.GET("/events", { signal, params: { query: { offset, limit: 1 } } }))).items[0];
      const newest = await at(0);
      if (!newest || seq > newest.seq || seq < 1) return null;
      const found = await at(newest.seq - seq);
      return found?.seq === seq ? found : null;
    },
    staleTime: Number.POSITIVE_INFINITY, // an event never changes
  });
