import { describe, inject } from "vitest";
import { Gatehouse } from "./gatehouse";
import { expect, grid, openContext, signIn, soon, sound, test, totalOf, visit } from "./harness";

const problem = {
  status: 503,
  contentType: "application/problem+json",
  body: JSON.stringify({
    title: "Service Unavailable",
    status: 503,
    kind: "unavailable",
    detail: "The data folder is full.",
    remedy: "Free some space on its disk.",
  }),
};

const fresh = test.extend<{ empty: Gatehouse }>({
  empty: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest wants the pattern
    async ({}, use) => {
      const gatehouse = await Gatehouse.start(inject("binary"), "serve");
      await use(gatehouse);
      await gatehouse.close();
    },
    { scope: "file" },
  ],
});

describe("a first start, with nothing connected", () => {
  fresh("offers two ways; the one leads to the wizard", async ({ empty, context }) => {
    const page = await context.newPage();
    await signIn(empty, page);
    await page.getByRole("heading", { name: "Welcome to Gatehouse" }).waitFor();
    await sound(page, "first-start");
    await page.getByRole("button", { name: "Connect a directory…" }).click();
    await page.getByRole("heading", { name: "Connect a directory", level: 1 }).waitFor();

    // What else is empty says why.
    await visit(page, "/identities");
    await page.getByText("No person has been read yet.").waitFor();
    await sound(page);
    await visit(page, "/groups");
    await page.getByText("No group has been read yet.").waitFor();
    await visit(page, "/findings");
    await page.getByText("No check noticed anything in the last read.").waitFor();
    await visit(page, "/directories");
    await page.getByText("No directory is connected yet").waitFor();
    await sound(page);
  });

  fresh("the other leads to the demo company", async ({ empty, context, watch }) => {
    const page = await context.newPage();
    await signIn(empty, page);
    await page.getByRole("button", { name: "Open the demo company" }).click();
    await page.getByText("DEMO", { exact: true }).waitFor();
    await page.getByText("identities ·").waitFor();
    expect(new URL(page.url()).origin).not.toBe(empty.address);
    expect(watch.complaints).toEqual([]);
  });
});

describe("when something fails", () => {
  test("a list says so in its place, the rest works on, and a retry mends it", async ({ page, watch }) => {
    watch.expect(/503/);
    await page.route("**/api/v1/groups?*", (route) => route.fulfill(problem));
    await visit(page, "/groups");
    const alert = page.getByRole("alert");
    await alert.getByText("The data folder is full.").waitFor();
    await alert.getByText("Free some space on its disk.").waitFor();
    await sound(page);
    await page.unroute("**/api/v1/groups?*");
    await alert.getByRole("button", { name: "Try again" }).click();
    expect(await totalOf(grid(page, "Groups"))).toBeGreaterThan(100);
  });

  test.for([
    ["overview", "/", "**/api/v1/overview"],
    ["people", "/identities", "**/api/v1/identities?*"],
    ["findings", "/findings?view=list", "**/api/v1/findings?*"],
    ["directories", "/directories", "**/api/v1/sources"],
    ["events", "/audit", "**/api/v1/events?*"],
    ["settings", "/settings", "**/api/v1/settings"],
  ] as const)("%s: what failed, and a way to try again", async ([, path, api], { page, watch }) => {
    watch.expect(/503/);
    await visit(page, "/no/such/place");
    await page.route(api, (route) => route.fulfill(problem));
    await page.reload();
    await visit(page, path);
    await page.getByRole("alert").getByText("Free some space on its disk.").first().waitFor();
    await page.unroute(api);
    await page.getByRole("button", { name: "Try again" }).first().click();
    await soon(() => page.getByRole("alert").count()).toBe(0);
  });

  test("what this operator may not see names the permission", async ({ page, watch }) => {
    watch.expect(/403/);
    const denied = {
      ...problem,
      status: 403,
      body: JSON.stringify({
        title: "Forbidden",
        status: 403,
        kind: "denied",
        detail: "This needs the permission directory.read.",
        remedy: "A local administrator of this computer has it.",
      }),
    };
    await page.route("**/api/v1/groups/*", (route) => route.fulfill(denied));
    await visit(page, "/groups?q=calib-lab");
    await page.getByRole("link", { name: "calib-lab", exact: true }).click();
    await page.getByRole("heading", { name: "Not allowed" }).waitFor();
    await page.getByText("This needs the permission directory.read.").waitFor();
    await sound(page);
  });

  test("acts this operator may not do are absent", async ({ page }) => {
    await page.route("**/api/v1/session", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), demo: false, permissions: ["directory.read"] },
      });
    });
    await page.reload();
    await page.getByText("identities ·").waitFor();
    expect(await page.getByRole("button", { name: "Read now" }).count()).toBe(0);
    await visit(page, "/audit");
    await page.getByText("needs the permission audit.read").waitFor();
    await sound(page);
    await visit(page, "/directories/connect");
    await page.getByText("needs the permission source.manage").waitFor();
    await visit(page, "/settings");
    await page.getByRole("heading", { name: "Vault" }).waitFor();
    expect(await page.getByRole("button", { name: /recovery key|start link|Save/ }).count()).toBe(0);
  });

  test("rows that are slow to come are grey bars", async ({ page }) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/api/v1/groups?*", async (route) => {
      await held;
      await route.continue();
    });
    await visit(page, "/groups");
    await page.getByRole("columnheader", { name: "Name" }).waitFor();
    await page.locator(".grid .bar").first().waitFor();
    expect(await grid(page, "Groups").getAttribute("aria-busy")).toBe("true");
    release();
    expect(await totalOf(grid(page, "Groups"))).toBeGreaterThan(100);
    expect(await page.locator(".grid .bar").count()).toBe(0);
  });
});

describe("a session", () => {
  test("outlives a reload", async ({ page }) => {
    await visit(page, "/groups");
    await totalOf(grid(page, "Groups"));
    await page.reload();
    expect(await totalOf(grid(page, "Groups"))).toBeGreaterThan(100);
  });

  test("is opened by a start link once", async ({ context, demo, browser, watch }) => {
    const link = await demo.link();
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole("navigation", { name: "Sections" }).waitFor();
    expect(page.url()).not.toContain("t="); // the token is gone from the address

    watch.expect(/status of (401|403|404|422)/);
    const other = await openContext(browser, watch);
    const second = await other.newPage();
    await second.goto(link);
    await soon(() => second.locator("#say").textContent()).toMatch(/link/i);
    await second.goto(`${demo.address}/#/groups`);
    await second.getByText("Your session has ended.").waitFor();
    expect(await second.getByText("calib-lab").count()).toBe(0);
    await other.close();
  });

  test("that has ended says so, and how to get a new one", async ({
    page,
    context,
    watch,
    demo,
    browser,
  }) => {
    watch.expect(/401/);
    await page.getByText("identities ·").waitFor();
    await context.clearCookies();
    // Somebody else's session is news; whoever waits for news asks again, and learns that theirs is over.
    const other = await openContext(browser, watch);
    await signIn(demo, await other.newPage());
    await page.getByText("Your session has ended.").waitFor();
    await other.close();
    await page.getByText("gatehouse link").first().waitFor();
    await sound(page, "session-ended");
    await page.goto(await demo.link());
    await page.getByText("identities ·").waitFor();
    expect(await page.getByText("Your session has ended.").count()).toBe(0);
  });

  test("of two tabs: one asks for notices, both hear", async ({ page, context, demo }) => {
    let polls = 0;
    const asking = new Set<unknown>();
    context.on("request", (request) => {
      if (!request.url().includes("/notices")) return;
      polls++;
      asking.add(request);
    });
    context.on("requestfinished", (request) => asking.delete(request));
    context.on("requestfailed", (request) => asking.delete(request));
    await page.reload();
    await page.getByText("identities ·").waitFor();
    const second = await context.newPage();
    await second.goto(`${demo.address}/#/audit`);
    const events = grid(second, "Events");
    const before = await totalOf(events);
    await soon(() => asking.size).toBe(1);

    // What the first tab does, the other hears of.
    await visit(page, "/settings");
    await page.getByLabel("Organisation").fill("Halden Instruments");
    await page.getByRole("button", { name: "Save" }).click();
    await soon(() => page.locator(".brand").textContent()).toContain("Halden Instruments");
    await soon(() => totalOf(events)).toBe(before + 1);
    await soon(() => asking.size).toBe(1);
    expect(polls).toBeGreaterThan(1);

    // Whoever asked has left: the other goes on.
    await page.close();
    await soon(() => asking.size).toBe(1);
  });
});

describe("a server that is gone", () => {
  test("is told, and its return on the same port too", async ({ browser, watch }) => {
    const gatehouse = await Gatehouse.start(inject("binary"), "demo");
    const context = await openContext(browser, watch);
    try {
      const page = await context.newPage();
      await signIn(gatehouse, page);
      await page.getByText("identities ·").waitFor();
      await page.locator(".uplot canvas").waitFor(); // the last part of the overview to come
      const { address } = gatehouse;
      watch.expect(
        /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE/,
        /Failed to load resource/,
      );
      await gatehouse.stop();
      await page.getByText("Gatehouse does not answer.").waitFor();
      // What was read stays in sight.
      expect(await page.getByRole("heading", { name: "Privileged groups" }).count()).toBe(1);
      await sound(page, "server-gone");
      // A page that was never open cannot come now, and says so.
      await page
        .getByRole("navigation", { name: "Sections" })
        .getByRole("link", { name: /Reviews/ })
        .click();
      const alert = page.getByRole("alert").filter({ hasText: "This page could not be read." });
      await alert.waitFor();
      await sound(page, "server-gone-page");
      await alert.getByRole("button", { name: "Try again" }).click();
      await alert.waitFor();
      await gatehouse.resume();
      expect(gatehouse.address).toBe(address);
      // The longer nothing answered, the longer until it asks again: 15 s at most.
      await page.getByText("Gatehouse does not answer.").waitFor({ state: "detached" });
      await alert.getByRole("button", { name: "Try again" }).click();
      await page.getByText("No access has been reviewed yet.").waitFor();
      await visit(page, "/groups");
      expect(await totalOf(grid(page, "Groups"))).toBeGreaterThan(100);
    } finally {
      await context.close();
      await gatehouse.close();
    }
  });
});
