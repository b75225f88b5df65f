import { screen } from "@testing-library/react";
import { useCallback, useState } from "react";
import { afterEach, beforeEach, vi } from "vitest";
import { keyMap } from "../../lib/keys";
import { type Asked, json, serveBy, showPage } from "../../testing/page";
import { ItemsTab } from "./ItemsTab";
import { type CampaignAddress, campaignAddress, type Detail } from "./queries";
import { sampleItem } from "./sampleItem";
import type { Item } from "./verdicts";

const reviewer = { kind: "identity" as const, id: "i9", name: "Ragna Solheim" };

/** A campaign of three items, for tests. */
export const campaign = {
  id: "0195",
  name: "Q1",
  state: "open",
  frozenAt: "2026-03-11T07:00:00Z",
  arithmetic: { inScope: 3, undecided: 3 },
  reviewers: [{ reviewer, items: 3, decided: 0, undecided: 3 }],
} as unknown as Detail;

/** What was asked to be recorded. */
export interface Recorded {
  items: { item: number; decision: number }[];
  verdict: string;
  reason?: string;
  decidedBy: string;
}

/** The campaign as its server has it; a test changes it and reads what came. */
export const server: {
  items: Item[];
  /** Newest last. */
  recorded: Recorded[];
  /** Answers a decision instead of the server. */
  answer: (() => Response | Promise<Response>) | undefined;
  /** Every request but those to record, newest last. */
  asked: string[];
  shown: Detail;
} = { items: [], recorded: [], answer: undefined, asked: [], shown: campaign };

function serve({ method, path, search, body }: Asked): unknown {
  if (method === "GET") server.asked.push(path);
  const { items } = server;
  if (path === "/session")
    return { permissions: ["review.decide", "review.manage"], actor: "local:root", name: "root" };
  if (path.endsWith("/groups")) {
    const group = { group: items[0]?.group, source: "corp", privileged: true };
    return {
      items: [{ ...group, items: items.length, undecided: items.length }],
      total: 1,
      totalIsExact: true,
    };
  }
  if (path.endsWith("/decisions")) return decide(body as Recorded);
  const one = /\/items\/(\d+)$/.exec(path);
  if (one) {
    const none = { dn: "", groupDn: "", findings: [], decisions: [], assignments: [], attempts: [] };
    return { ...items.find((each) => each.item === Number(one[1])), ...none, campaignOf: 3 };
  }
  if (path.endsWith("/items")) {
    const after = Number(search.get("after") ?? 0);
    const verdict = search.get("verdict");
    const found = items.filter((each) => each.item > after && (!verdict || each.verdict === verdict));
    return { items: found, total: found.length, totalIsExact: true };
  }
  return { items: [], total: 0, totalIsExact: true };
}

function decide(body: Recorded): unknown {
  server.recorded.push(body);
  if (server.answer) return server.answer();
  const now = server.items.filter((each) => body.items.some((seen) => seen.item === each.item));
  const next = now.map(
    (each): Item => ({ ...each, verdict: body.verdict as Item["verdict"], decision: each.decision + 1 }),
  );
  server.items = server.items.map((each) => next.find((changed) => changed.item === each.item) ?? each);
  return { recorded: next, notRecorded: [], event: 40, arithmetic: campaign.arithmetic };
}

function Page() {
  const [address, setAddress] = useState<CampaignAddress>(campaignAddress.parse({ as: reviewer.id }));
  const set = useCallback(
    (patch: Partial<CampaignAddress>) => setAddress((old) => ({ ...old, ...patch })),
    [],
  );
  return <ItemsTab campaign={server.shown} address={address} set={set} />;
}

const press = (event: KeyboardEvent) => void keyMap.press(event);

/** Gives each test of a file a fresh campaign, and the keys. */
export function freshCampaign() {
  vi.setConfig({ testTimeout: 60_000 });
  beforeEach(() => {
    server.items = [1, 2, 3].map((each) => sampleItem(each));
    server.recorded = [];
    server.asked = [];
    server.shown = campaign;
    server.answer = undefined;
    serveBy(serve);
    window.addEventListener("keydown", press);
    Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 672 });
    Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1200 });
  });
  afterEach(() => {
    window.removeEventListener("keydown", press);
    localStorage.clear();
  });
}

/** Renders the items, and puts the keyboard on them. */
export async function showItems(
  row = () => screen.findByRole("checkbox", { name: "Select Person 1 in Administrators" }),
) {
  const { user } = showPage(Page);
  await row();
  if (server.shown.state === "open") await screen.findByText("change of mind");
  screen.getByRole("grid", { name: "Items" }).focus();
  return user;
}

/** Items as they were seen: undecided. */
export const seen = (...numbers: number[]) => numbers.map((item) => ({ item, decision: 0 }));

export { json };
