import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { inject } from "vitest";
import { Gatehouse } from "./gatehouse";
import { test as base, expect, grid, soon, totalOf, visit } from "./harness";
import { find } from "./setup";

/** Runs a program and gives what it prints. */
export const run = promisify(execFile);
const needed = [
  ["zbarimg", "zbar-tools"],
  ["pdftoppm", "poppler-utils"],
].filter(([program = ""]) => !find(program));
/** The Debian packages that the tests with pictures lack; empty if none. */
export const lacking = needed.map(([, packageName]) => packageName).join(" ");
/** The title of a test that needs them. */
export const title = (text: string) =>
  lacking ? `${text}, skipped: needs the Debian packages ${lacking}` : text;

/** A demo company whose vault has a key file, for a test machine has no keychain. */
export const test = base.extend<{ folder: string; demo: Gatehouse }>({
  folder: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest wants the pattern
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "gatehouse-factors-"));
      await use(folder);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "file" },
  ],
  demo: [
    async ({ folder }, use) => {
      const key = join(folder, "vault.key");
      writeFileSync(key, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
      const gatehouse = await Gatehouse.start(inject("binary"), "demo", ["--vault-key-file", key]);
      await use(gatehouse);
      await gatehouse.close();
    },
    { scope: "file" },
  ],
});

/** An answer of a server that cannot write. */
export const problem = {
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

/** The code of a key at a time, by RFC 6238 and RFC 4226 and nothing of the product. */
export function codeOf(key: string, steps = 0): string {
  const bits = [...key].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))))
    .update(step)
    .digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Six digits that the key shows at no time near now. */
export function wrongCode(key: string): string {
  const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) => codeOf(key, steps));
  for (let guess = 0; ; guess++) {
    const code = String(guess).padStart(6, "0");
    if (!near.includes(code)) return code;
  }
}

/** What an independent scanner reads off a picture. */
export async function scanned(picture: string): Promise<string> {
  const { stdout } = await run("zbarimg", ["--raw", "-q", picture]);
  return stdout.trim();
}

/** A part of the page by its name. */
export const part = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
/** The six boxes of a code. */
export const boxes = (page: Page) =>
  page.getByRole("group", { name: "Code", exact: true }).getByRole("textbox");
/** The button that ends an enrolment. */
export const activate = (page: Page) => page.getByRole("button", { name: "Prove and activate" });
/** The box that says that the recovery codes were handed over. */
export const handedOver = (page: Page) => page.getByRole("checkbox", { name: /has the codes/ });

/** Names the factor and starts; the page then shows the secret. */
export async function start(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name of this factor").fill(name);
  await page.getByRole("button", { name: "Start the enrolment" }).click();
  await part(page, "Scan").waitFor();
}

/** The key as the page shows it for typing. */
export async function keyOn(page: Page): Promise<string> {
  const groups = await page
    .getByRole("group", { name: "Key", exact: true })
    .locator("span")
    .allTextContents();
  expect(groups.every((group) => group.length === 4)).toBe(true);
  return groups.join("");
}

/** The recovery codes as the page shows them. */
export const codesOn = (page: Page) =>
  part(page, "Recovery codes").getByRole("list", { name: "Recovery codes" }).locator("li").allTextContents();

/** The identity's id, as the page of a person has it in its address. */
export async function idOf(page: Page, login: string): Promise<string> {
  await visit(page, `/identities?q=${login}`);
  const people = grid(page, "People");
  await soon(() => totalOf(people)).toBe(1);
  const href = await people.getByRole("link").first().getAttribute("href");
  return href?.split("/").at(-1) ?? "";
}

/** Enrols and proves a factor, for tests about what comes after. */
export async function enrolled(
  page: Page,
  id: string,
  name: string,
): Promise<{ key: string; codes: string[] }> {
  await visit(page, `/factors/enrol/${id}`);
  await start(page, name);
  const secret = { key: await keyOn(page), codes: await codesOn(page) };
  await handedOver(page).check();
  await boxes(page).first().fill(codeOf(secret.key));
  await activate(page).click();
  await page.getByRole("heading", { name: `${name} is active` }).waitFor();
  return secret;
}

/** Says what the caller reads out. */
export async function say(page: Page, code: string): Promise<void> {
  const field = page.getByLabel("What the caller reads out");
  await field.fill(code);
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  await soon(() => field.inputValue()).toBe(""); // never left standing
}

/** Which of some secrets this page still holds: as written in it, in its fields, its address or its storage. */
export async function heldOf(page: Page, secrets: string[]): Promise<string[]> {
  const raw = await page.evaluate(() =>
    JSON.stringify([
      document.documentElement.outerHTML,
      [...document.querySelectorAll("input")].map((input) => input.value),
      { ...localStorage },
      { ...sessionStorage },
      location.href,
      history.state,
    ]),
  );
  // A key stands in groups, each in an element of its own.
  const joined = raw.replace(/<[^>]*>|\s/g, "");
  return secrets.filter((secret) => raw.includes(secret) || joined.includes(secret));
}

/** Presses Tab until an element has the focus, as one without a mouse would. */
export async function tabTo(page: Page, target: ReturnType<Page["getByRole"]>): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("60 presses of Tab did not reach it.");
}
