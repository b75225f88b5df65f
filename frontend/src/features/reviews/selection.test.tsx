import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Detail } from "./queries";
import { campaign, freshCampaign, seen, server, showItems } from "./sampleCampaign";
import { sampleItem } from "./sampleItem";

freshCampaign();

describe("several items by keyboard", () => {
  it("Ctrl+Z on several decisions asks first", async () => {
    server.items = server.items.map((each) => ({ ...each, verdict: "keep", decision: 4 }));
    const user = await showItems();
    await user.keyboard("{ArrowDown} {Shift>}{ArrowDown}{/Shift}{Control>}z{/Control}");
    const dialog = await screen.findByRole("dialog", { name: "Withdraw 2 decisions?" });
    expect(server.recorded).toEqual([]);
    expect(dialog.textContent).toContain("stay in the history");
    await user.click(screen.getByRole("button", { name: "Withdraw 2 decisions" }));
    await waitFor(() => expect(server.recorded).toHaveLength(1));
    expect(server.recorded[0]).toMatchObject({ verdict: "undecided", items: [{ item: 1 }, { item: 2 }] });
  });

  it("a closed campaign has nothing to select", async () => {
    server.shown = { ...campaign, state: "closed" } as Detail;
    await showItems(() => screen.findByText("Person 1"));
    expect(screen.queryAllByRole("checkbox")).toEqual([]);
  });

  it("Space selects, Shift extends and gives back, one key decides them all", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown} {Shift>}{ArrowDown}{ArrowDown}{ArrowUp}{/Shift}");
    await screen.findByText("2 selected");
    await user.keyboard("u");
    await waitFor(() => expect(server.recorded).toHaveLength(1));
    expect(server.recorded[0]).toEqual({ items: seen(1, 2), verdict: "dontKnow", decidedBy: "i9" });
    await waitFor(() => expect(screen.queryByText("2 selected")).toBeNull());
  });

  it("N goes to the next undecided and round again; Esc goes back one layer", async () => {
    server.items[1] = sampleItem(2, { verdict: "keep", decision: 3 });
    const user = await showItems();
    await user.keyboard("n");
    await screen.findByRole("heading", { name: "Person 1 in Administrators" });
    await user.keyboard("n");
    await screen.findByRole("heading", { name: "Person 3 in Administrators" });
    await user.keyboard("n");
    await screen.findByRole("heading", { name: "Person 1 in Administrators" });
    await user.keyboard(" ");
    await screen.findByText("1 selected");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByText("1 selected")).toBeNull());
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("heading", { name: /in Administrators/ })).toBeNull());
  });
});
