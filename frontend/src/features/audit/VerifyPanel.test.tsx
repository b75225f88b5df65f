import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { api } from "../../api/client";
import { VerifyPanel } from "./VerifyPanel";

afterEach(() => vi.restoreAllMocks());

function show(verdict: object) {
  const post = vi.spyOn(api, "POST").mockResolvedValue({ data: verdict } as never);
  const onOpen = vi.fn();
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <VerifyPanel onClose={() => {}} onOpen={onOpen} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { post, onOpen };
}

const head = "ab12".repeat(16);

describe("verifying the audit log", () => {
  it("says that it is whole, and what that does not prove", async () => {
    const { post } = show({
      ok: true,
      events: 1204,
      head,
      problems: [],
      cannotProve: ["Removal of the newest."],
    });
    await userEvent.click(screen.getByRole("button", { name: "Verify" }));
    expect(await screen.findByText("whole")).toBeDefined();
    expect(screen.getByText("Removal of the newest.")).toBeDefined();
    expect(post).toHaveBeenCalledWith("/audit/verify", { body: {} });
  });
  it("names the events that do not fit and opens them", async () => {
    const { onOpen } = show({
      ok: false,
      events: 900,
      head,
      problems: [{ event: 811, text: "changed" }],
      cannotProve: [],
    });
    await userEvent.click(screen.getByRole("button", { name: "Verify" }));
    expect(await screen.findByText("not whole: 1 problem")).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "Event 811" }));
    expect(onOpen).toHaveBeenCalledWith(811);
  });
  it("compares with a head noted elsewhere, and asks nothing of one that cannot be a head", async () => {
    const { post } = show({ ok: true, events: 1, head, problems: [], cannotProve: [] });
    await userEvent.type(screen.getByLabelText(/Head noted elsewhere/), "ab12");
    await userEvent.click(screen.getByRole("button", { name: "Verify" }));
    expect(post).not.toHaveBeenCalled();
    await userEvent.type(screen.getByLabelText(/Head noted elsewhere/), head.slice(4));
    await userEvent.click(screen.getByRole("button", { name: "Verify" }));
    expect(post).toHaveBeenCalledWith("/audit/verify", { body: { head } });
  });
});
