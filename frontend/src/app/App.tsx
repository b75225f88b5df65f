import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { datedKeyHash } from "../api/past";
import { ApiError } from "../lib/problem";
import { nonce } from "../nonce";
import { newRouter } from "./router";
import { cssVariables, theme } from "./theme";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Notices say when something changed; until then an answer holds.
      staleTime: 60_000,
      queryKeyHashFn: datedKeyHash,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && error.problem.kind === "unreachable",
    },
  },
});

const router = newRouter();

/** The console. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" limit={3} autoClose={6000} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
