import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { configure, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { vi } from "vitest";

// Whole pages are rendered; a busy computer takes its time.
configure({ asyncUtilTimeout: 15_000 });

/** An answer of the API; from 400 on a problem. */
export const json = (data: unknown, status = 200) =>
  new Response(JSON.stringify(data), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
  });

/** What was asked of the API: method, path below /api/v1, its search part and body. */
export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  body: unknown;
}

/** Answers every request of the pages by what is given, and keeps what was asked, newest last. */
export function serveBy(answer: (asked: Asked) => unknown): Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    const asked = {
      method: request.method,
      path: pathname.replace(/^.*\/api\/v1/, ""),
      search: searchParams,
      body: request.method === "GET" ? undefined : await request.json(),
    };
    all.push(asked);
    const given = await answer(asked);
    return given instanceof Response ? given : json(given);
  });
  return all;
}

/** Renders a page or a part of one at a path. */
export function showPage(component: () => React.ReactNode, route = "/", at = route) {
  const root = createRootRoute();
  const router = createRouter({
    routeTree: root.addChildren([
      createRoute({ getParentRoute: () => root, path: route, component }),
      createRoute({ getParentRoute: () => root, path: "$", component: () => "elsewhere" }),
    ]),
    history: createMemoryHistory({ initialEntries: [at] }),
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { user: userEvent.setup(), router };
}
