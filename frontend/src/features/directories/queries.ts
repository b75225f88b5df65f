import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";
import { readingInterval } from "../../api/runs";

export type Source = Schema<"Source">;
export type Run = Schema<"Run">;
export type RunDetail = Schema<"RunDetail">;

const reading = (source: Source) => source.newest?.state === "reading";

/** Every connected directory. */
export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
  refetchInterval: (query) => (query.state.data?.some(reading) ? readingInterval : false),
});

/** One connected directory. */
export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", id],
    queryFn: ({ signal }) => dataOf(api.GET("/sources/{id}", { signal, params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data && reading(query.state.data) ? readingInterval : false),
  });

/** When one source is read by itself. */
export const scheduleQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", id, "schedule"],
    queryFn: ({ signal }) => dataOf(api.GET("/sources/{id}/schedule", { signal, params: { path: { id } } })),
  });

/** The kinds of directory that can be connected. */
export const kindsQuery = queryOptions({
  queryKey: ["sources", "kinds"],
  queryFn: ({ signal }) => dataOf(api.GET("/kinds", { signal })),
});

/** The newest runs of one source. */
export const sourceRunsQuery = (source: string) =>
  queryOptions({
    queryKey: ["runs", "list", source],
    queryFn: ({ signal }) => dataOf(api.GET("/runs", { signal, params: { query: { source, limit: 50 } } })),
  });

/** One run, asked again each second while it reads. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", id],
    queryFn: ({ signal }) => dataOf(api.GET("/runs/{id}", { signal, params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.state === "reading" ? readingInterval : false),
  });

/** Reads everything about sources again, after one was added, changed or removed. */
export function useSourcesChanged(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      ["sources", "runs", "overview", "session"].map((root) =>
        client.invalidateQueries({ queryKey: [root] }),
      ),
    );
  };
}

/** How the accounts of a directory find their person. */
export type Rules = Schema<"CorrelationRules">;

/** The rules of a directory, how each has done, and what decided cases teach. */
export const correlationQuery = (id: string) =>
  queryOptions({
    queryKey: ["sources", "correlation", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/sources/{id}/correlation", { signal, params: { path: { id } } })),
  });

/** What would help a source; nothing where the error of its newest run says it already. */
export function remedyOf({ remedy, newest }: Source): string | undefined {
  return remedy === newest?.error ? undefined : remedy;
}
