import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, type Problem } from "../lib/problem";
import { asOfThen } from "./past";
import type { components, paths } from "./schema";

/** The shapes the server answers with, by their name in the API description. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

const unreachable: Problem = {
  title: "No answer",
  detail: "Gatehouse did not answer.",
  status: 0,
  kind: "unreachable",
  remedy: "Is it still running? What is shown here may be out of date.",
};

/** Turns a refused answer into the problem it carries. */
export async function problemFrom(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  let body: Partial<Problem> = {};
  try {
    body = JSON.parse(text) as Partial<Problem>;
  } catch {
    // Not from our API: something between it and this page answered.
  }
  return {
    title: body.title ?? "Refused",
    detail: body.detail ?? body.title ?? `The server answered ${response.status}.`,
    status: response.status,
    kind: body.kind ?? (response.status === 401 || response.status === 403 ? "denied" : "internal"),
    ...(body.remedy && { remedy: body.remedy }),
    ...(body.errors && { errors: body.errors }),
  };
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw new ApiError(await problemFrom(response));
    return response;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    return error instanceof ApiError ? error : new ApiError(unreachable);
  },
};

/** The one way to data: typed by the API description, throws ApiError. Bodies are JSON, never Blob or FormData. */
export const api = createClient<paths>({
  baseUrl: new URL("/api/v1", document.baseURI).href,
  fetch: (request) => globalThis.fetch(request),
});
api.use(problems, asOfThen);

/** The data of an answer. The middleware has thrown already if there is none. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
