import { hashKey } from "@tanstack/react-query";
import type { Middleware } from "openapi-fetch";
import { pastShown } from "../lib/past";
import type { paths } from "./schema";

/** The questions that the server answers as of any moment. */
const dated = new Set<keyof paths>([
  "/history",
  "/search",
  "/identities",
  "/identities/{id}",
  "/identities/{id}/memberships",
  "/identities/{id}/timeline",
  "/accounts",
  "/accounts/{id}",
  "/accounts/{id}/memberships",
  "/accounts/{id}/paths",
  "/accounts/{id}/timeline",
  "/groups",
  "/groups/{id}",
  "/groups/{id}/members",
  "/groups/{id}/unresolved",
  "/groups/{id}/nesting",
  "/groups/{id}/timeline",
]);

/** Asks about the moment that the console shows. */
export const asOfThen: Middleware = {
  onRequest({ request, schemaPath }) {
    const at = pastShown();
    if (!at || !dated.has(schemaPath as keyof paths)) return undefined;
    const url = new URL(request.url);
    url.searchParams.set("asOf", at);
    return new Request(url, request);
  },
};

/** An answer about the past is another one than that about now. */
export function datedKeyHash(key: readonly unknown[]): string {
  const at = pastShown();
  return hashKey(at ? ["as of", at, ...key] : key);
}
