import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf } from "./client";

/** The rights an operator can hold, as the route table names them. */
export type Permission =
  | "directory.read"
  | "source.read"
  | "source.manage"
  | "audit.read"
  | "report.run"
  | "factor.manage"
  | "factor.verify"
  | "review.manage"
  | "review.decide"
  | "finding.manage"
  | "console.manage";

/** Who uses the console, and what this console is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => dataOf(api.GET("/session", { signal })),
});

/**
 * Whether this operator holds a right; undefined until that is known. Acts that need another one are not shown at
 * all.
 */
export function useMay(permission: Permission): boolean | undefined {
  const session = useQuery(sessionQuery);
  return session.data?.permissions.includes(permission);
}
