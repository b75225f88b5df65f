import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Stretch } from "../../api/pages";

const text = z.string().optional().catch(undefined);

/** The address of the page: a span, or two moments; and what to look at between them. */
export const differenceAddress = z.object({
  span: z.enum(["d1", "d7", "d30", "reads"]).optional().catch(undefined),
  from: text,
  to: text,
  source: text,
  group: text,
  identity: text,
  /** The sentence that is open. */
  open: text,
});

export type DifferenceAddress = z.output<typeof differenceAddress>;
export type Difference = Schema<"Difference">;
export type Sentence = Schema<"Sentence">;
export type Read = Schema<"Observation">;

const dayMs = 86_400_000;
const days = { d1: 1, d7: 7, d30: 30 };

/** The two moments that an address means; without any the last day. Two reads are the newest two. */
export function momentsOf(
  { span, from, to }: DifferenceAddress,
  reads: readonly Pick<Read, "seq">[],
  now: Date,
): { from: string; to?: string } | undefined {
  if (span === "reads" || from?.startsWith("#")) {
    const first = from ?? numberOf(reads.at(-2));
    const last = to ?? numberOf(reads.at(-1));
    return first && last ? { from: first, to: last } : undefined;
  }
  if (from) return to ? { from, to } : { from };
  const minute = Math.floor(now.getTime() / 60_000) * 60_000; // the same question for a minute
  return { from: new Date(minute - days[span ?? "d1"] * dayMs).toISOString() };
}

/** An event's number as the server reads it. */
export function numberOf(read: Pick<Read, "seq"> | undefined): string | undefined {
  return read && `#${read.seq}`;
}

type Narrowed = { from: string; to?: string } & Pick<DifferenceAddress, "source" | "group" | "identity">;

/** What differs between two moments. */
export const differenceQuery = (asked: Narrowed) =>
  queryOptions({
    queryKey: ["runs", "difference", asked],
    queryFn: ({ signal }) => dataOf(api.GET("/differences", { signal, params: { query: asked } })),
    placeholderData: keepPreviousData,
  });

/** Asks for a stretch of the rows of a sentence. */
export function differenceRows(asked: Narrowed, sentence: string) {
  return {
    key: ["runs", "difference rows", asked, sentence],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(
        api.GET("/differences/rows", { signal, params: { query: { ...asked, sentence, offset, limit } } }),
      ),
  };
}

/** The reads that changed something, oldest first. */
export const readsQuery = queryOptions({
  queryKey: ["runs", "history"],
  queryFn: ({ signal }) => dataOf(api.GET("/history", { signal })),
});

export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});
