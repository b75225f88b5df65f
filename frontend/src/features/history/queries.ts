import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Stretch } from "../../api/pages";

const text = z.string().optional().catch(undefined);

/** The address of the page: a span, or two moments; and what to look at between them. */
export const differenceAddress = z.object({
  span: z.enum(["first", "d1", "d7", "d30", "reads"]).optional().catch(undefined),
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

export type SpanKind = "first" | "d1" | "d7" | "d30" | "dates" | "reads";

/**
 * The read after which every source had been read once, on the first day of a folder and if anything changed since:
 * a day earlier everything would have been gained.
 */
export function baseOf(history: Pick<Schema<"History">, "first" | "marks"> | undefined, now: Date) {
  const { first, marks = [] } = history ?? {};
  if (!first || now.getTime() - Date.parse(first) >= dayMs) return undefined;
  const seen = new Set<string>();
  let base: Read | undefined;
  for (const mark of marks) {
    if (!seen.has(mark.source.id)) base = mark;
    seen.add(mark.source.id);
  }
  return base === marks.at(-1) ? undefined : base;
}

/** What an address asks for; without anything since the first read on the first day, later the last day. */
export function spanOf({ span, from }: DifferenceAddress, base: Pick<Read, "seq"> | undefined): SpanKind {
  if (span === "reads" || from?.startsWith("#")) return "reads";
  if (from) return "dates";
  return span ?? (base ? "first" : "d1");
}

/** The two moments that an address means. Two reads are the newest two. */
export function momentsOf(
  address: DifferenceAddress,
  reads: readonly Pick<Read, "seq">[],
  now: Date,
  base?: Pick<Read, "seq">,
): { from: string; to?: string } | undefined {
  const { from, to } = address;
  const span = spanOf(address, base);
  if (span === "reads") {
    const first = from ?? numberOf(reads.at(-2));
    const last = to ?? numberOf(reads.at(-1));
    return first && last ? { from: first, to: last } : undefined;
  }
  if (span === "first") {
    const first = numberOf(base ?? reads[0]);
    return first ? { from: first } : undefined;
  }
  if (span === "dates") return to ? { from: from ?? "", to } : { from: from ?? "" };
  const minute = Math.floor(now.getTime() / 60_000) * 60_000; // the same question for a minute
  return { from: new Date(minute - days[span] * dayMs).toISOString() };
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
