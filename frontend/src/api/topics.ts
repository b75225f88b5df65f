import type { QueryClient } from "@tanstack/react-query";

/** Every query's key begins with one of these. */
export type QueryRoot =
  | "session"
  | "overview"
  | "sources"
  | "runs"
  | "identities"
  | "accounts"
  | "groups"
  | "findings"
  | "events"
  | "factors"
  | "reviews"
  | "reports"
  | "exports"
  | "settings";

const directory: QueryRoot[] = [
  "overview",
  "sources",
  "runs",
  "identities",
  "accounts",
  "groups",
  "findings",
  "events",
];

// What to read again for each topic of the server. A topic not listed here refreshes everything.
const roots: Record<string, QueryRoot[]> = {
  directory,
  sources: ["sources", "overview", "runs", "session", "events"],
  runs: ["runs", "sources", "overview", "reviews"],
  factors: ["factors", "events"],
  reviews: ["reviews", "events"],
  exports: ["exports"],
  findings: ["findings", "overview", "identities", "accounts", "groups"],
  events: ["events"],
  audit: ["events"],
  settings: ["settings", "session"],
  session: ["session"],
};

/** Refreshes the queries a notice is about; all of them when it does not say. */
export function refresh(client: QueryClient, topics: string[] | undefined): void {
  const keys = topics?.map((topic) => roots[topic]);
  if (!keys || keys.includes(undefined)) {
    void client.invalidateQueries();
    return;
  }
  for (const root of new Set(keys.flat())) void client.invalidateQueries({ queryKey: [root] });
}
