import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { test as base, expect, inject } from "vitest";
import { Gatehouse } from "./gatehouse";

/** What a page must not do: throw, break its content security policy, complain on the console. */
export class Watch {
  #seen: string[] = [];
  #expected: RegExp[] = [];

  see(what: string): void {
    this.#seen.push(what);
  }

  /** Complaints that belong to what a test does, such as a request it makes fail. Policy violations never do. */
  expect(...patterns: RegExp[]): void {
    this.#expected.push(...patterns);
  }

  get complaints(): string[] {
    return this.#seen.filter((each) => !this.#expected.some((pattern) => pattern.test(each)));
  }
}

/** How long one wait takes at most: what is done in a second here takes many on two cores under load. */
const patience = 30_000;

const wide = { width: 1440, height: 900 };

/** A browser context of its own, watched. */
export async function openContext(browser: Browser, watch: Watch): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: wide,
    colorScheme: "light",
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(patience);
  await context.exposeBinding("violated", (_, text: string) => watch.see(`policy violated: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const { violated } = window as unknown as { violated(text: string): void };
      violated(`${event.violatedDirective} by ${event.blockedURI} in ${event.sourceFile}`);
    });
  });
  context.on("weberror", (error) => watch.see(`page error: ${error.error().stack ?? error.error().message}`));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      watch.see(`console ${message.type()}: ${message.text()} ${message.location().url}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 500) watch.see(`answered ${response.status()}: ${response.url()}`);
  });
  return context;
}

/** Opens a session with a new start link and waits until the shell stands. */
export async function signIn(gatehouse: Gatehouse, page: Page): Promise<void> {
  await page.goto(await gatehouse.link());
  await page.getByRole("navigation", { name: "Sections" }).waitFor();
}

/** Goes to a path of the console, which lies behind the #. */
export async function visit(page: Page, path: string): Promise<void> {
  const { origin } = new URL(page.url());
  await page.goto(`${origin}/#${path}`);
}

interface Fixtures {
  /** Each file has a Gatehouse of its own with the demo company. */
  demo: Gatehouse;
  browser: Browser;
  watch: Watch;
  /** A context of its own, without a session. */
  context: BrowserContext;
  /** A page with a session at the demo company. */
  page: Page;
}

export const test = base.extend<Fixtures>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest wants the pattern
    async ({}, use) => {
      const browser = await chromium.connect(inject("browser"));
      await use(browser);
      await browser.close();
    },
    { scope: "file" },
  ],
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest wants the pattern
    async ({}, use) => {
      const gatehouse = await Gatehouse.start(inject("binary"), "demo");
      await use(gatehouse);
      await gatehouse.close();
    },
    { scope: "file" },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Vitest wants the pattern
  watch: async ({}, use) => {
    const watch = new Watch();
    await use(watch);
    expect(watch.complaints).toEqual([]);
  },
  context: async ({ browser, watch }, use) => {
    const context = await openContext(browser, watch);
    await use(context);
    await context.close();
  },
  page: async ({ context, demo }, use) => {
    const page = await context.newPage();
    await signIn(demo, page);
    await use(page);
  },
});

/** Waits until what is asked is so; fails with what it was last. */
export const soon = (ask: () => Promise<unknown> | unknown, about?: string) =>
  expect.poll(ask, { timeout: patience, interval: 50, ...(about && { message: about }) });

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate("Boolean(window.axe)"))) await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } };
    const { violations } = await axe.run({
      preload: false,
      resultTypes: ["violations"],
      ...(runOnly && { runOnly }),
    });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 240)} ${failureSummary ?? ""}`),
      );
  }, rules);
}

interface AxeResults {
  violations: { id: string; impact?: string | null; nodes: { html: string; failureSummary?: string }[] }[];
}

// Light and dark differ in nothing but colour.
const ofColour = ["color-contrast", "link-in-text-block"];

/**
 * Checks what is on the page now by axe, light and dark. With a name, and where GATEHOUSE_SCREENSHOTS asks for
 * them, both are kept as pictures.
 */
export async function sound(page: Page, name?: string): Promise<void> {
  await settled(page);
  const folder = process.env.GATEHOUSE_SCREENSHOTS;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    if (name && folder) await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    expect(
      await violations(page, colorScheme === "dark" ? ofColour : undefined),
      `${page.url()}, ${colorScheme}`,
    ).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Waits until nothing on the page is being asked for. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => !document.querySelector("[aria-busy=true], .bar, [role=status][aria-label=Loading]"),
  );
  await page.evaluate(() => document.fonts.ready);
}

/** The lists are grids of rows that are drawn as they come into sight. */
export const grid = (page: Page, name: string): Locator => page.getByRole("grid", { name, exact: true });

/** How many rows a list says it has. */
export async function totalOf(list: Locator): Promise<number> {
  await soon(() => list.getAttribute("aria-busy")).toBe("false");
  return Number(await list.getAttribute("aria-rowcount")) - 1;
}

/** The list's row that the keyboard is on. */
export async function activeRow(list: Locator): Promise<string | null> {
  const id = await list.getAttribute("aria-activedescendant");
  if (!id) return null;
  return list.page().locator(`[id="${id}"]`).textContent();
}

export { expect };
