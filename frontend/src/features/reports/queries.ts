import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";

export type Report = Schema<"Report">;
export type Preview = Schema<"ReportPreview">;
export type Cell = Schema<"ReportCell">;

/** What the address of a report says. Dates are days of the calendar, or times as RFC 3339. */
export const reportAddress = z.object({
  asOf: z.string().optional().catch(undefined),
  from: z.string().optional().catch(undefined),
  to: z.string().optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  review: z.string().optional().catch(undefined),
  table: z.string().optional().catch(undefined),
  /** Of a report about findings: the filters of their list. */
  kind: z.string().optional().catch(undefined),
  risk: z.enum(["low", "medium", "high", "critical"]).optional().catch(undefined),
  group: z.string().optional().catch(undefined),
  q: z.string().optional().catch(undefined),
  state: z.enum(["open", "accepted"]).optional().catch(undefined),
  /** Only the rows of this outcome are shown; all are counted. */
  outcome: z.enum(["pass", "fail", "notApplicable", "cannotConclude"]).optional().catch(undefined),
});

export type ReportAddress = z.output<typeof reportAddress>;

/** What a report can be asked, from what its address says; what it does not need is left out. */
export function askedOf(report: Report, address: ReportAddress) {
  const { asOf, from, to, source, review, kind, risk, group, q, state } = address;
  return {
    ...(!report.period && !report.review && !report.now && asOf && { asOf }),
    ...(report.period && from && { from }),
    ...(report.period && to && { to }),
    ...(!report.review && source && { source }),
    ...(report.review && review && { review }),
    ...(report.narrows && {
      ...(kind && { kind }),
      ...(risk && { risk }),
      ...(group && { group }),
      ...(q && { q }),
      ...(state && { state }),
    }),
  };
}

function shownOf({ table, outcome }: ReportAddress) {
  return { ...(table && { table }), ...(outcome && { outcome }) };
}

/** The reports there are. */
export const reportsQuery = queryOptions({
  queryKey: ["reports", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/reports", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The beginning of a report with the totals of the whole. */
export const previewQuery = (report: Report, address: ReportAddress) =>
  queryOptions({
    queryKey: ["reports", "preview", report.name, askedOf(report, address), shownOf(address)],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/reports/{name}", {
          signal,
          params: {
            path: { name: report.name },
            query: { ...askedOf(report, address), ...shownOf(address) },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

/** The campaigns a report can be about. */
export const campaignsQuery = queryOptions({
  queryKey: ["reviews", "all"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/reviews", { signal, params: { query: { offset: 0, limit: 200 } } })),
});

/** The checks a report about findings can be narrowed to. */
export const checksQuery = queryOptions({
  queryKey: ["findings", "summary"],
  queryFn: ({ signal }) => dataOf(api.GET("/findings/summary", { signal })),
});

/** The sources a report can be narrowed to. */
export const sourcesQuery = queryOptions({
  queryKey: ["sources", "list"],
  queryFn: ({ signal }) => dataOf(api.GET("/sources", { signal })),
});
