import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { campaign, freshCampaign, json, seen, server, showItems } from "./sampleCampaign";

freshCampaign();

const reason = () => screen.getByRole("textbox", { name: /^Reason/ });

describe("decisions by keyboard", () => {
  it("K keeps the row at once, Ctrl+Z takes it back", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown}k");
    await waitFor(() => expect(server.recorded).toHaveLength(1));
    expect(server.recorded[0]).toEqual({ items: seen(1), verdict: "keep", decidedBy: "i9" });
    await screen.findByText("keep", { selector: ".b" });
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(server.recorded).toHaveLength(2));
    expect(server.recorded[1]).toMatchObject({ verdict: "undecided", items: [{ item: 1, decision: 1 }] });
  });

  it("Ctrl+Z does nothing where nothing is decided", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown}{Control>}z{/Control}");
    expect(server.recorded).toEqual([]);
  });

  it("K pressed twice decides once, and asks for nothing that the answer brings", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown}");
    const before = server.asked.length;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.answer = async () => {
      server.answer = undefined;
      await held;
      server.items = server.items.map((each) =>
        each.item === 1 ? { ...each, verdict: "keep", decision: 1 } : each,
      );
      return json({
        recorded: server.items.slice(0, 1),
        notRecorded: [],
        event: 40,
        arithmetic: campaign.arithmetic,
      });
    };
    await user.keyboard("kk");
    release();
    await screen.findByText("keep", { selector: ".b" });
    expect(server.recorded).toHaveLength(1);
    expect(server.asked.slice(before)).toEqual([]);
    // The next press is another decision, and knows of the first.
    await user.keyboard("u");
    await waitFor(() => expect(server.recorded).toHaveLength(2));
    expect(server.recorded[1]).toMatchObject({ verdict: "dontKnow", items: [{ item: 1, decision: 1 }] });
  });

  it("R asks for the reason; letters are text there; Ctrl+Enter records", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown}r");
    await waitFor(() => expect(document.activeElement).toBe(reason()));
    await user.keyboard("knudge{Control>}{Enter}{/Control}");
    await waitFor(() => expect(server.recorded).toHaveLength(1));
    expect(server.recorded[0]).toEqual({
      items: seen(1),
      verdict: "revoke",
      reason: "knudge",
      decidedBy: "i9",
    });
    expect(document.activeElement).toBe(screen.getByRole("grid", { name: "Items" }));
  });

  it("a revoke without a reason is not recorded", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown}r{Control>}{Enter}{/Control}");
    await screen.findByText("Give the reason.", { selector: ".t3" });
    expect(server.recorded).toEqual([]);
  });

  it("who was slower is told by whom, and keeps the reason", async () => {
    const user = await showItems();
    await user.keyboard("{ArrowDown}r");
    await waitFor(() => expect(document.activeElement).toBe(reason()));
    await user.keyboard("She left.");
    server.answer = () => {
      server.items = server.items.map((each) =>
        each.item === 1 ? { ...each, verdict: "keep", decision: 7 } : each,
      );
      server.answer = undefined;
      return json(
        { title: "Conflict", detail: "Kari Dahl decided keep.", status: 409, kind: "conflict" },
        409,
      );
    };
    await user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("Kari Dahl decided keep."));
    expect((reason() as HTMLTextAreaElement).value).toBe("She left.");
    // Having been told, the reviewer may decide again: the newest decision is named.
    await user.click(screen.getByRole("button", { name: /^Record/ }));
    await waitFor(() => expect(server.recorded).toHaveLength(2));
    expect(server.recorded.map((each) => each.items[0]?.decision)).toEqual([0, 7]);
  });
});
