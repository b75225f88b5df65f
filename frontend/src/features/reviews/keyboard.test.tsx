import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useCallback, useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyMap } from "../../lib/keys";
import { ItemsTab } from "./ItemsTab";
import { type CampaignAddress, campaignAddress, type Detail } from "./queries";
import { sampleItem } from "./sampleItem";
import type { Item } from "./verdicts";

const reviewer = { kind: "identity" as const, id: "i9", name: "Ragna Solheim" };
const campaign = {
  id: "0195",
  name: "Q1",
  state: "open",
  frozenAt: "2026-03-11T07:00:00Z",
  arithmetic: { inScope: 3, undecided: 3 },
  reviewers: [{ reviewer, items: 3, decided: 0, undecided: 3 }],
} as unknown as Detail;

let items: Item[];
/** What was asked to be recorded, newest last. */
let recorded: {
  items: { item: number; decision: number }[];
  verdict: string;
  reason?: string;
  decidedBy: string;
}[];
let answer: (() => Response | Promise<Response>) | undefined;
/** Every request but those to record, newest last. */
let asked: string[];
let shown: Detail;

const json = (data: unknown, status = 200) =>
  new Response(JSON.stringify(data), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
  });

async function serve(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const path = pathname.replace(/^.*\/api\/v1/, "");
  if (request.method === "GET") asked.push(path);
  if (path === "/session")
    return json({ permissions: ["review.decide", "review.manage"], actor: "local:root", name: "root" });
  if (path.endsWith("/groups"))
    return json({
      items: [
        {
          group: items[0]?.group,
          source: "corp",
          privileged: true,
          items: items.length,
          undecided: items.length,
        },
      ],
      total: 1,
      totalIsExact: true,
    });
  if (path.endsWith("/decisions")) {
    const body = await request.json();
    recorded.push(body);
    if (answer) return answer();
    const now = items.filter((each) => body.items.some((seen: { item: number }) => seen.item === each.item));
    const next = now.map((each) => ({ ...each, verdict: body.verdict, decision: each.decision + 1 }));
    items = items.map((each) => next.find((changed) => changed.item === each.item) ?? each);
    return json({ recorded: next, notRecorded: [], event: 40, arithmetic: campaign.arithmetic });
  }
  const one = /\/items\/(\d+)$/.exec(path);
  if (one) {
    const item = items.find((each) => each.item === Number(one[1]));
    return json({
      ...item,
      dn: "",
      groupDn: "",
      findings: [],
      decisions: [],
      assignments: [],
      attempts: [],
      campaignOf: 3,
    });
  }
  if (path.endsWith("/items")) {
    const after = Number(searchParams.get("after") ?? 0);
    const found = items.filter(
      (each) =>
        each.item > after && (!searchParams.get("verdict") || each.verdict === searchParams.get("verdict")),
    );
    return json({ items: found, total: found.length, totalIsExact: true });
  }
  return json({ items: [], total: 0, totalIsExact: true });
}

function Page() {
  const [address, setAddress] = useState<CampaignAddress>(campaignAddress.parse({ as: reviewer.id }));
  const set = useCallback(
    (patch: Partial<CampaignAddress>) => setAddress((old) => ({ ...old, ...patch })),
    [],
  );
  return <ItemsTab campaign={shown} address={address} set={set} />;
}

// The whole page is rendered; a busy computer takes its time.
configure({ asyncUtilTimeout: 5_000 });
vi.setConfig({ testTimeout: 30_000 });

const press = (event: KeyboardEvent) => void keyMap.press(event);

beforeEach(() => {
  items = [1, 2, 3].map((each) => sampleItem(each));
  recorded = [];
  asked = [];
  shown = campaign;
  answer = undefined;
  vi.stubGlobal("fetch", serve);
  window.addEventListener("keydown", press);
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 672 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1200 });
});
afterEach(() => {
  window.removeEventListener("keydown", press);
  localStorage.clear();
});

async function show(
  row = () => screen.findByRole("checkbox", { name: "Select Person 1 in Administrators" }),
) {
  const router = createRouter({
    routeTree: createRootRoute({ component: Page }),
    history: createMemoryHistory(),
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await row();
  if (shown.state === "open") await screen.findByText("change of mind");
  screen.getByRole("grid", { name: "Items" }).focus();
  return userEvent.setup();
}

const seen = (...numbers: number[]) => numbers.map((item) => ({ item, decision: 0 }));
const reason = () => screen.getByRole("textbox", { name: /^Reason/ });

describe("decisions by keyboard", () => {
  it("K keeps the row at once, Ctrl+Z takes it back", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown}k");
    await waitFor(() => expect(recorded).toHaveLength(1));
    expect(recorded[0]).toEqual({ items: seen(1), verdict: "keep", decidedBy: "i9" });
    await screen.findByText("keep", { selector: ".b" });
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(recorded).toHaveLength(2));
    expect(recorded[1]).toMatchObject({ verdict: "undecided", items: [{ item: 1, decision: 1 }] });
  });

  it("Ctrl+Z does nothing where nothing is decided", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown}{Control>}z{/Control}");
    expect(recorded).toEqual([]);
  });

  it("K pressed twice decides once, and asks for nothing that the answer brings", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown}");
    const before = asked.length;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    answer = async () => {
      answer = undefined;
      await held;
      items = items.map((each) => (each.item === 1 ? { ...each, verdict: "keep", decision: 1 } : each));
      return json({
        recorded: items.slice(0, 1),
        notRecorded: [],
        event: 40,
        arithmetic: campaign.arithmetic,
      });
    };
    await user.keyboard("kk");
    release();
    await screen.findByText("keep", { selector: ".b" });
    expect(recorded).toHaveLength(1);
    expect(asked.slice(before)).toEqual([]);
    // The next press is another decision, and knows of the first.
    await user.keyboard("u");
    await waitFor(() => expect(recorded).toHaveLength(2));
    expect(recorded[1]).toMatchObject({ verdict: "dontKnow", items: [{ item: 1, decision: 1 }] });
  });

  it("Ctrl+Z on several decisions asks first", async () => {
    items = items.map((each) => ({ ...each, verdict: "keep", decision: 4 }));
    const user = await show();
    await user.keyboard("{ArrowDown} {Shift>}{ArrowDown}{/Shift}{Control>}z{/Control}");
    const dialog = await screen.findByRole("dialog", { name: "Withdraw 2 decisions?" });
    expect(recorded).toEqual([]);
    expect(dialog.textContent).toContain("stay in the history");
    await user.click(screen.getByRole("button", { name: "Withdraw 2 decisions" }));
    await waitFor(() => expect(recorded).toHaveLength(1));
    expect(recorded[0]).toMatchObject({ verdict: "undecided", items: [{ item: 1 }, { item: 2 }] });
  });

  it("a closed campaign has nothing to select", async () => {
    shown = { ...campaign, state: "closed" } as Detail;
    await show(() => screen.findByText("Person 1"));
    expect(screen.queryAllByRole("checkbox")).toEqual([]);
  });

  it("R asks for the reason; letters are text there; Ctrl+Enter records", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown}r");
    await waitFor(() => expect(document.activeElement).toBe(reason()));
    await user.keyboard("knudge{Control>}{Enter}{/Control}");
    await waitFor(() => expect(recorded).toHaveLength(1));
    expect(recorded[0]).toEqual({ items: seen(1), verdict: "revoke", reason: "knudge", decidedBy: "i9" });
    expect(document.activeElement).toBe(screen.getByRole("grid", { name: "Items" }));
  });

  it("a revoke without a reason is not recorded", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown}r{Control>}{Enter}{/Control}");
    await screen.findByText("Give the reason.", { selector: ".t3" });
    expect(recorded).toEqual([]);
  });

  it("Space selects, Shift extends and gives back, one key decides them all", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown} {Shift>}{ArrowDown}{ArrowDown}{ArrowUp}{/Shift}");
    await screen.findByText("2 selected");
    await user.keyboard("u");
    await waitFor(() => expect(recorded).toHaveLength(1));
    expect(recorded[0]).toEqual({ items: seen(1, 2), verdict: "dontKnow", decidedBy: "i9" });
    await waitFor(() => expect(screen.queryByText("2 selected")).toBeNull());
  });

  it("N goes to the next undecided and round again; Esc goes back one layer", async () => {
    items[1] = sampleItem(2, { verdict: "keep", decision: 3 });
    const user = await show();
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

  it("who was slower is told by whom, and keeps the reason", async () => {
    const user = await show();
    await user.keyboard("{ArrowDown}r");
    await waitFor(() => expect(document.activeElement).toBe(reason()));
    await user.keyboard("She left.");
    answer = () => {
      items = items.map((each) => (each.item === 1 ? { ...each, verdict: "keep", decision: 7 } : each));
      answer = undefined;
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
    await waitFor(() => expect(recorded).toHaveLength(2));
    expect(recorded.map((each) => each.items[0]?.decision)).toEqual([0, 7]);
  });
});
