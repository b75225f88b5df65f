import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { CloseDialog } from "./CloseDialog";
import type { Detail } from "./queries";

const reviewer = { kind: "identity" as const, id: "i9", name: "Ragna Solheim" };
const campaign = {
  id: "0195",
  arithmetic: { inScope: 3, undecided: 0, deferred: 0, dontKnow: 0, revoke: 1 },
  reviewers: [{ reviewer, items: 3, decided: 3, undecided: 0 }],
} as unknown as Detail;

function show() {
  const dialog = () => <CloseDialog campaign={campaign} as={undefined} onClose={() => {}} />;
  const router = createRouter({
    routeTree: createRootRoute({ component: dialog }),
    history: createMemoryHistory(),
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return screen.findByRole("button", { name: "Close campaign" });
}

afterEach(() => localStorage.clear());

it("a campaign is signed by whoever decided last on this computer, named in the address or not", async () => {
  localStorage.setItem("gatehouse-deciding-as-0195", reviewer.id);
  expect((await show()).getAttribute("aria-disabled")).not.toBe("true");
  expect(screen.getByDisplayValue(reviewer.name)).toBeTruthy();
});

it("with nobody remembered it asks who signs", async () => {
  expect((await show()).getAttribute("aria-disabled")).toBe("true");
});
