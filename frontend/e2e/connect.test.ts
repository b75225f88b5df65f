import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, inject } from "vitest";
import { Gatehouse } from "./gatehouse";
import { test as base, expect, grid, signIn, soon, sound, totalOf, visit } from "./harness";
import { missing, Slapd } from "./slapd";

const test = base.extend<{ own: Gatehouse; start: Page }>({
  own: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest wants the pattern
    async ({}, use) => {
      const gatehouse = await Gatehouse.start(inject("binary"), "serve");
      await use(gatehouse);
      await gatehouse.close();
    },
    { scope: "file" },
  ],
  start: async ({ own, context }, use) => {
    const page = await context.newPage();
    await signIn(own, page);
    await visit(page, "/directories/connect");
    await page.getByRole("heading", { name: "Connect a directory", level: 1 }).waitFor();
    await use(page);
  },
});

const forward = (page: Page) => page.getByRole("button", { name: /^(Continue|Save and read)$/ }).last();
const step = (page: Page) => page.getByRole("navigation", { name: "Steps" }).locator("[aria-current=step]");
const results = (page: Page) => page.getByRole("table", { name: "What the check found" });

describe("connecting a directory", () => {
  test("says what is missing before it goes on, and what is wrong with an address nobody answers", async ({
    start: page,
  }) => {
    await soon(() => step(page).textContent()).toContain("Kind");
    await page.getByRole("radio").first().waitFor();
    await sound(page);
    await forward(page).click();

    await soon(() => step(page).textContent()).toContain("Address");
    expect(await forward(page).getAttribute("aria-disabled")).toBe("true");
    await sound(page);
    await page.getByLabel("Address", { exact: true }).fill("ldap://127.0.0.1:1");
    await page.getByText("Nothing on this connection is encrypted").waitFor();
    await sound(page);
    await forward(page).click();

    await soon(() => step(page).textContent()).toContain("Credentials");
    await page.getByRole("radio", { name: "With a bind account" }).waitFor();
    await sound(page);
    await page.getByRole("radio", { name: "Anonymously" }).check();
    await forward(page).click();

    await soon(() => step(page).textContent()).toContain("Check");
    await results(page).getByText("failed").first().waitFor();
    await soon(() => results(page).textContent()).toMatch(/refused|nothing answers|no answer|listen/i);
    expect(await forward(page).getAttribute("aria-disabled")).toBe("true");
    await sound(page);

    // Leaving asks, for there is something to lose.
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Leave without connecting?" });
    await dialog.waitFor();
    await sound(page);
    await dialog.getByRole("button", { name: "Leave" }).click();
    await page.getByText("No directory is connected yet").waitFor();
  });

  test.skipIf(missing)(
    `from nothing to the first read of a real server${missing ? `, skipped: ${missing}` : ""}`,
    async ({ context }) => {
      const slapd = await Slapd.start();
      const key = join(slapd.folder, "vault.key");
      writeFileSync(key, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
      const gatehouse = await Gatehouse.start(inject("binary"), "serve", ["--vault-key-file", key]);
      try {
        const page = await context.newPage();
        await signIn(gatehouse, page);
        await connect(page, slapd);
        await vaultWithKey(page);
      } finally {
        await context.close();
        await gatehouse.close();
        await slapd.close();
      }
    },
  );
});

/** Every step by hand: address, credentials, the fingerprint compared, the mapping seen, the first read. */
async function connect(page: Page, slapd: Slapd): Promise<void> {
  await page.getByRole("button", { name: "Connect a directory…" }).click();
  await page.getByRole("radio").first().waitFor();
  await forward(page).click();
  await page.getByLabel("Address", { exact: true }).fill(slapd.url);
  await page.getByLabel(/^Name/).fill("bergen");
  await page.keyboard.press("Enter"); // as in any form
  await soon(() => step(page).textContent()).toContain("Credentials");
  await page.getByLabel("Distinguished name").fill(slapd.reader);
  await page.getByRole("textbox", { name: "Password" }).fill(slapd.password);
  await forward(page).click();

  await results(page).getByText("needs you").waitFor();
  expect(await forward(page).getAttribute("aria-disabled")).toBe("true");
  const plain = (text: string | null) => text?.replaceAll(/[^0-9A-F]/g, "") ?? "";
  await soon(async () => plain(await results(page).textContent())).toContain(plain(slapd.fingerprint));
  await sound(page, "connect-fingerprint");
  await page.getByRole("checkbox", { name: /I compared this fingerprint/ }).check();
  await page.getByRole("heading", { name: "What your SOC will see" }).waitFor();
  for (const name of slapd.people)
    await soon(() => page.getByRole("table", { name: /as they will look/ }).textContent()).toContain(
      name.split(" ")[0],
    );
  await sound(page, "connect-check");
  await forward(page).click();

  await soon(() => step(page).textContent()).toContain("Mapping");
  await soon(() => page.getByLabel("Login", { exact: true }).inputValue()).toBe("uid");
  await sound(page, "connect-mapping");
  await forward(page).click();
  await page.getByRole("group", { name: "What will be saved" }).waitFor();
  await sound(page);
  await page.getByRole("button", { name: "Save and read" }).click();

  await page.getByRole("heading", { name: "bergen is connected" }).waitFor();
  await page.getByText(/3 groups/).waitFor();
  await sound(page);
  await page.getByRole("link", { name: "Open identities" }).click();
  const people = grid(page, "People");
  await soon(() => totalOf(people)).toBe(slapd.people.length);
  await page.getByRole("link", { name: "Ahlgren, Tuva" }).click();
  await page.getByRole("tab", { name: "Membership" }).click();
  await page.getByRole("button", { name: "why in outer?" }).click();
  await soon(() => page.getByRole("list", { name: "Paths" }).getByRole("link").allTextContents()).toEqual([
    "user0",
    "inner",
    "outer",
  ]);
}

/** Where the vault has a key, a recovery key is shown once and has to be kept before it goes. */
async function vaultWithKey(page: Page): Promise<void> {
  await visit(page, "/settings");
  await page
    .getByRole("table", { name: "Ways to open the vault" })
    .getByText("key file", { exact: true })
    .waitFor();
  await page.getByRole("button", { name: "Add a way in" }).click();
  await page.getByRole("menuitem", { name: /^Recovery key…/ }).click();
  const dialog = page.getByRole("dialog", { name: "Recovery key" });
  const close = dialog.getByRole("button", { name: "Close" });
  await close.waitFor();
  await page.keyboard.press("Escape"); // not before it is kept
  expect(await dialog.count()).toBe(1);
  expect(await close.getAttribute("aria-disabled")).toBe("true");
  await sound(page);
  await dialog.getByRole("checkbox").check();
  await close.click();
  await soon(() => dialog.count()).toBe(0);
  await page
    .getByRole("table", { name: "Ways to open the vault" })
    .getByText("printed recovery key", { exact: true })
    .waitFor();
}
