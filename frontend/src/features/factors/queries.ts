import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import type { Stretch } from "../../api/pages";

export type Factor = Schema<"Factor">;
export type IdentityFactors = Schema<"IdentityFactors">;
export type Enrolment = Schema<"Enrolment">;
export type Verification = Schema<"Verification">;

/** How a factor can stand, in the order of a list of choices. */
export const factorStates = ["active", "pending", "replaced", "revoked", "lapsed"] as const;

const text = z.string().optional().catch(undefined);

/** The address of the list. */
export const factorsAddress = z.object({
  q: text,
  state: z.enum(factorStates).optional().catch(undefined),
  /** The row in the inspector. */
  open: text,
});

/** Asks for a stretch of the factors, newest first. */
export function factorList({ q, state }: z.output<typeof factorsAddress>) {
  const query = { q, state };
  return {
    key: ["factors", "list", query],
    fetch: ({ offset, limit, signal }: Stretch) =>
      dataOf(api.GET("/factors", { signal, params: { query: { ...query, offset, limit } } })),
  };
}

/** What the directories enforce at sign-in, and beside it who can be verified as a caller. */
export const coverageQuery = queryOptions({
  queryKey: ["factors", "coverage"],
  queryFn: ({ signal }) => dataOf(api.GET("/factors/coverage", { signal })),
});

/** What one person can prove herself with. */
export const identityFactorsQuery = (id: string) =>
  queryOptions({
    queryKey: ["factors", "of", id],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/identities/{id}/factors", { signal, params: { path: { id } } })),
  });

/** Who a person is. */
export const identityQuery = (id: string) =>
  queryOptions({
    queryKey: ["identities", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/identities/{id}", { signal, params: { path: { id } } })),
  });

/** The people that pasted or typed text finds; one with several accounts is one. */
export const peopleQuery = (words: string) =>
  queryOptions({
    queryKey: ["identities", "search", words],
    queryFn: async ({ signal }) => {
      const { items } = await dataOf(
        api.GET("/search", { signal, params: { query: { q: words, limit: 20 } } }),
      );
      const people = items.filter((hit) => hit.ref.kind === "identity");
      return people.filter((hit, at) => people.findIndex((each) => each.ref.id === hit.ref.id) === at);
    },
    enabled: words !== "",
    staleTime: 10_000,
  });

/** The factors that prove something now. */
export function activeOf(factors: IdentityFactors | undefined): Factor[] {
  return factors?.factors.filter((factor) => factor.state === "active") ?? [];
}
