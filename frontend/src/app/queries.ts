import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "../api/client";

/** Who uses the console, and what this console is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => dataOf(api.GET("/session", { signal })),
});

/** The sources at the foot of the sidebar. */
export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});

/** The numbers beside the sidebar's words. */
export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => dataOf(api.GET("/overview", { signal })),
});

/** How many reviews are open, beside the sidebar's word. */
export const openReviewsQuery = queryOptions({
  queryKey: ["reviews", "open"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/reviews", { signal, params: { query: { state: "open", limit: 1 } } })),
});

/** Who can be verified as a caller, counted. */
export const coverageQuery = queryOptions({
  queryKey: ["factors", "coverage"],
  queryFn: ({ signal }) => dataOf(api.GET("/factors/coverage", { signal })),
});

/** When something was observed, and what the moment rests on that the console shows. */
export const historyQuery = queryOptions({
  queryKey: ["runs", "history"],
  queryFn: ({ signal }) => dataOf(api.GET("/history", { signal })),
  // The marks stay the same while another moment is asked about.
  placeholderData: keepPreviousData,
});

/** What the palette finds for pasted or typed text. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ["overview", "search", text],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/search", { signal, params: { query: { q: text, limit: 12 } } })),
    enabled: text.trim() !== "",
    staleTime: 10_000,
  });
