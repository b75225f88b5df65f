import { createMemoryHistory } from "@tanstack/react-router";
import { describe, expect, it } from "vitest";
import { entityPath, type Ref } from "../lib/entity";
import { features } from "./features";
import { newRouter } from "./router";
import { nextPane } from "./Shell";

const router = newRouter(createMemoryHistory());
const leads = (path: string) => router.getMatchedRoutes(path.replace(/\?.*/, ""))[2] !== undefined;

describe("nothing leads to a page that is not there", () => {
  it.each(
    features.flatMap((feature) => [feature.path, ...(feature.commands ?? []).map((command) => command.path)]),
  )("%s", (path) => expect(leads(path)).toBe(true));

  it.each(["identity", "account", "group", "source", "run", "review", "factor"] satisfies Ref["kind"][])(
    "a link to one %s",
    (kind) => {
      expect(leads(entityPath({ kind, id: "7" }))).toBe(true);
    },
  );

  it("and a page that is not there is not found", () => expect(leads("/nowhere")).toBe(false));

  it("the brand leads to the first page", () => expect(leads("/")).toBe(true));
});

it("F6 goes round the panes of a page", () => {
  document.body.innerHTML = `
    <aside data-pane="sidebar"><a href="#/" aria-current="page">Overview</a></aside>
    <header data-pane="top"><button>Search</button></header>
    <div data-pane="list" tabindex="0"><button>Name</button></div>`;
  const seen = ["", "", "", ""].map(() => nextPane(document.activeElement)?.textContent?.trim());
  expect(seen).toEqual(["Overview", "Search", "Name", "Overview"]);
});
