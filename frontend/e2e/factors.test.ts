import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { describe, inject } from "vitest";
import { Gatehouse } from "./gatehouse";
import { test as base, expect, grid, soon, sound, totalOf, visit } from "./harness";
import { find } from "./setup";

const run = promisify(execFile);
const needed = [
  ["zbarimg", "zbar-tools"],
  ["pdftoppm", "poppler-utils"],
].filter(([program = ""]) => !find(program));
const lacking = needed.map(([, packageName]) => packageName).join(" ");
const title = (text: string) => (lacking ? `${text}, skipped: needs the Debian packages ${lacking}` : text);

/** A demo company whose vault has a key file, for a test machine has no keychain. */
const test = base.extend<{ folder: string; demo: Gatehouse }>({
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

/** The code of a key at a time, by RFC 6238 and RFC 4226 and nothing of the product. */
function codeOf(key: string, steps = 0): string {
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
function wrongCode(key: string): string {
  const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) => codeOf(key, steps));
  for (let guess = 0; ; guess++) {
    const code = String(guess).padStart(6, "0");
    if (!near.includes(code)) return code;
  }
}

/** What an independent scanner reads off a picture. */
async function scanned(picture: string): Promise<string> {
  const { stdout } = await run("zbarimg", ["--raw", "-q", picture]);
  return stdout.trim();
}

const part = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const boxes = (page: Page) => page.getByRole("group", { name: "Code", exact: true }).getByRole("textbox");
const activate = (page: Page) => page.getByRole("button", { name: "Prove and activate" });
const handedOver = (page: Page) => page.getByRole("checkbox", { name: /has the codes/ });

/** Names the factor and starts; the page then shows the secret. */
async function start(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name of this factor").fill(name);
  await page.getByRole("button", { name: "Start the enrolment" }).click();
  await part(page, "Scan").waitFor();
}

/** The key as the page shows it for typing. */
async function keyOn(page: Page): Promise<string> {
  const groups = await page
    .getByRole("group", { name: "Key", exact: true })
    .locator("span")
    .allTextContents();
  expect(groups.every((group) => group.length === 4)).toBe(true);
  return groups.join("");
}

const codesOn = (page: Page) =>
  part(page, "Recovery codes").getByRole("list", { name: "Recovery codes" }).locator("li").allTextContents();

/** The identity's id, as the page of a person has it in its address. */
async function idOf(page: Page, login: string): Promise<string> {
  await visit(page, `/identities?q=${login}`);
  const people = grid(page, "People");
  await soon(() => totalOf(people)).toBe(1);
  const href = await people.getByRole("link").first().getAttribute("href");
  return href?.split("/").at(-1) ?? "";
}

/** Enrols and proves a factor, for tests about what comes after. */
async function enrolled(page: Page, id: string, name: string): Promise<{ key: string; codes: string[] }> {
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
async function say(page: Page, code: string): Promise<void> {
  const field = page.getByLabel("What the caller reads out");
  await field.fill(code);
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  await soon(() => field.inputValue()).toBe(""); // never left standing
}

/** Which of some secrets this page still holds: as written in it, in its fields, its address or its storage. */
async function heldOf(page: Page, secrets: string[]): Promise<string[]> {
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

describe("a one-time code", () => {
  test.skipIf(lacking)(
    title("is enrolled from its picture, proven and verified, with the mouse"),
    async ({ page, folder, watch }) => {
      watch.expect(/prove/);
      await visit(page, "/factors");
      await page.getByText("Nobody can be verified as a caller yet").waitFor();
      await page.getByText("Enforced at sign-in, by directory").waitFor();
      await sound(page, "factors-empty");
      await page.getByRole("button", { name: "Enrol for a person…" }).click();
      await page.getByRole("combobox", { name: "For whom?" }).fill("mlaasen");
      await page.getByRole("option", { name: /Mei-Lin Aasen/ }).waitFor();
      await sound(page, "factors-person");
      await page.getByRole("option", { name: /Mei-Lin Aasen/ }).click();
      await page.getByText("Name the device first.").waitFor();
      await sound(page, "enrol-start");
      await start(page, "Fairphone, private");
      await page.getByText("not active until one code is proven").waitFor();
      await page.getByText(/this page expires in (10:00|9:\d\d)/).waitFor();
      expect(await activate(page).getAttribute("aria-disabled")).toBe("true");
      await page.getByText("Six digits to go").waitFor();

      // The picture on the screen holds the link, and the link the key that is there for typing.
      const picture = join(folder, "screen.png");
      await part(page, "Scan").getByRole("img").screenshot({ path: picture });
      const link = new URL(await scanned(picture));
      expect(link.protocol + link.host).toBe("otpauth:totp");
      const key = link.searchParams.get("secret") ?? "";
      expect(key).toMatch(/^[A-Z2-7]{32}$/);
      expect(await keyOn(page)).toBe(key);
      const codes = await codesOn(page);
      expect(new Set(codes).size).toBe(10);

      await boxes(page).first().fill(codeOf(key).slice(0, 4));
      await page.getByText("Two digits to go").waitFor();
      await handedOver(page).check();
      await sound(page, "enrol");

      // A wrong code says what to do, and empties the boxes.
      await boxes(page).first().fill(wrongCode(key));
      await activate(page).click();
      await page
        .getByRole("alert")
        .getByText(/Type the code shown now/)
        .waitFor();
      await soon(() => boxes(page).first().inputValue()).toBe("");
      await sound(page);

      // Until now the page holds them all.
      expect(await heldOf(page, [key, ...codes, "otpauth"])).toEqual([key, ...codes, "otpauth"]);
      const answers: string[] = [];
      page.on("response", (response) => {
        if (response.url().includes("/api/"))
          void response.text().then(
            (text) => answers.push(text),
            () => {},
          );
      });
      await boxes(page).first().fill(codeOf(key));
      await activate(page).click();
      await page.getByRole("heading", { name: "Fairphone, private is active" }).waitFor();
      expect(await page.locator(".head .st.ok").textContent()).toBe("active");
      await sound(page, "enrol-proven");
      expect(await heldOf(page, [key, ...codes, "otpauth"])).toEqual([]);
      expect(await page.locator(".qr").count()).toBe(0);

      await page.getByRole("link", { name: "Verify caller" }).click();
      await page.getByRole("heading", { name: "Is this Mei-Lin Aasen?" }).waitFor();
      await page.getByText("not verified", { exact: true }).waitFor();
      await sound(page, "verify");
      const next = codeOf(key, 1); // one step early is accepted
      await say(page, next);
      await page.getByText(/^Verified with Fairphone, private at \d\d:\d\d$/).waitFor();
      await page.getByText("verified", { exact: true }).waitFor();
      await sound(page, "verify-verified");
      await say(page, next);
      await page.getByText("Not verified: the code was used before").waitFor();
      await page.getByText("not verified", { exact: true }).waitFor();
      await say(page, wrongCode(key));
      await page.getByText("Not verified: the code is wrong").waitFor();
      await sound(page, "verify-refused");
      await say(page, (codes[0] ?? "").toLowerCase());
      await page.getByText(/^Verified with a recovery code at/).waitFor();
      await page.getByText(/9 recovery codes left/).waitFor();

      // Another caller: no verdict stays.
      await page.getByRole("button", { name: /Another caller/ }).click();
      await page.getByRole("combobox", { name: "Who says they are calling?" }).waitFor();
      expect(await page.getByText(/^Verified with/).count()).toBe(0);

      await visit(page, "/factors");
      await soon(() => totalOf(grid(page, "Factors"))).toBe(1);
      await page.getByText("Fairphone, private").click();
      await page.getByText("9 of 10 left").waitFor();
      await sound(page, "factors");
      await visit(page, "/audit");
      await totalOf(grid(page, "Events"));
      expect(answers.length).toBeGreaterThan(5);
      for (const text of answers) {
        expect(text.includes(key), "an answer after the enrolment").toBe(false);
        expect(codes.filter((code) => text.includes(code))).toEqual([]);
      }
      expect(await heldOf(page, [key, ...codes])).toEqual([]);
    },
    90_000,
  );

  test("is enrolled, proven and verified by keyboard alone", async ({ page }) => {
    const { keyboard } = page;
    const focus = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await keyboard.type("Enrol a one");
    await page.getByRole("option", { name: /Enrol a one-time code/ }).waitFor();
    await keyboard.press("Enter");
    const person = page.getByRole("combobox", { name: "For whom?" });
    await person.waitFor();
    await soon(() => person.evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.type("aarhus");
    await page.getByRole("option", { name: /Yngve Aarhus/ }).waitFor();
    await keyboard.press("Enter");
    const name = page.getByLabel("Name of this factor");
    await name.waitFor();
    await soon(() => name.evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.type("Token 7");
    await keyboard.press("Enter");
    await part(page, "Scan").waitFor();
    await soon(focus).toBe("Digit 1 of 6");
    const key = await keyOn(page);
    await keyboard.type("12");
    await keyboard.press("ArrowLeft");
    await keyboard.press("Backspace");
    await page.getByText("Five digits to go").waitFor();
    await keyboard.press("Home");
    await keyboard.press("Delete");
    await keyboard.type(codeOf(key));
    await page.getByText("Hand over the recovery codes, and say so").waitFor();
    await tabTo(page, handedOver(page));
    await keyboard.press("Space");
    await tabTo(page, activate(page));
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Token 7 is active" }).waitFor();

    await tabTo(page, page.getByRole("link", { name: "Verify caller" }));
    await keyboard.press("Enter");
    const field = page.getByLabel("What the caller reads out");
    await field.waitFor();
    await soon(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    const code = codeOf(key, 1);
    await keyboard.type(`${code.slice(0, 3)} ${code.slice(3)}`);
    await keyboard.press("Enter");
    await page.getByText(/^Verified with Token 7 at/).waitFor();
    // The field is ready for the next try.
    expect(await field.inputValue()).toBe("");
    await soon(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Who says they are calling?" }).waitFor();
  });

  test.skipIf(lacking)(
    title("is scanned from its printed slip, alone on its A6, black on white from a dark page too"),
    async ({ page, folder }) => {
      await visit(page, `/factors/enrol/${await idOf(page, "mlaasen")}`);
      await start(page, "Tablet");
      const key = await keyOn(page);
      await page.evaluate(() => {
        const seen = window as unknown as { printed: number };
        seen.printed = 0;
        window.print = () => void seen.printed++;
      });
      const noted = page.waitForRequest(/\/factors\/\d+\/handed$/);
      await part(page, "Slip").getByRole("button", { name: "Print" }).click();
      expect((await noted).postDataJSON()).toMatchObject({ how: "slipPrinted" });
      await soon(() => page.evaluate(() => (window as unknown as { printed: number }).printed)).toBe(1);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ media: "print", colorScheme });
        const pdf = join(folder, `slip-${colorScheme}.pdf`);
        await page.pdf({ path: pdf, preferCSSPageSize: true });
        const { stdout } = await run("pdfinfo", [pdf]);
        expect(stdout).toMatch(/Pages:\s+1\n/);
        const [, width, height] = /Page size:\s+([\d.]+) x ([\d.]+) pts/.exec(stdout) ?? [];
        expect([(Number(width) / 72) * 25.4, (Number(height) / 72) * 25.4].map(Math.round)).toEqual([
          105, 148,
        ]);
        const picture = join(folder, `slip-${colorScheme}`);
        await run("pdftoppm", ["-r", "300", "-png", "-singlefile", pdf, picture]);
        expect(await scanned(`${picture}.png`)).toContain(`secret=${key}`);
        const shots = process.env.GATEHOUSE_SCREENSHOTS;
        if (shots && existsSync(shots))
          await copyFile(`${picture}.png`, join(shots, `slip-${colorScheme}.png`));
        const { stdout: text } = await run("pdftotext", ["-layout", pdf, "-"]);
        expect(text).toContain("One-time code");
        expect(text).toContain("Mei-Lin Aasen");
        expect(text).not.toMatch(/Overview|Prove and activate/);
      }
      await page.emulateMedia({ media: "screen", colorScheme: "light" });
      await page.getByRole("button", { name: /^Cancel/ }).click();
      await grid(page, "Factors").waitFor();
      // Another page prints as before.
      expect(await page.evaluate(() => document.querySelector(".slip-print"))).toBeNull();
    },
    60_000,
  );

  test("is not shown again after a reload; every way out of the page is noted", async ({ page }) => {
    await visit(page, `/factors/enrol/${await idOf(page, "mlaasen")}`);
    await start(page, "Work phone");
    const key = await keyOn(page);
    const how: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/handed")) how.push(request.postDataJSON().how);
    });
    await page.getByRole("button", { name: "Copy key" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await page.getByRole("button", { name: "Copy codes" }).click();
    const codes = await codesOn(page);
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain(codes[9]);
    const file = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect((await file).suggestedFilename()).toBe("recovery-codes.txt");
    await soon(() => how.sort()).toEqual(["codesCopied", "codesSaved", "keyCopied"]);

    expect(await heldOf(page, [key])).toEqual([key]);
    await page.reload();
    await page.getByText(/Its key cannot be shown again, so start again/).waitFor();
    await sound(page, "enrol-again");
    expect(await heldOf(page, [key, ...codes])).toEqual([]);
    // Nor by going back to it.
    await visit(page, "/factors");
    await page.goBack();
    await page.getByLabel("Name of this factor").waitFor();
    expect(await heldOf(page, [key, ...codes])).toEqual([]);
  });

  test("leaves the page when the enrolment lapses", async ({ page }) => {
    const id = await idOf(page, "mlaasen");
    await page.clock.install();
    await visit(page, `/factors/enrol/${id}`);
    await start(page, "Slow phone");
    const key = await keyOn(page);
    expect(await heldOf(page, [key])).toEqual([key]);
    await page.clock.fastForward("10:01");
    await page.getByText("The enrolment lapsed before a code was proven.").waitFor();
    expect(await part(page, "Scan").count()).toBe(0);
    expect(await heldOf(page, [key])).toEqual([]);
  });

  test("is not printed where that cannot be written to the audit log", async ({ page, watch }) => {
    watch.expect(/503/);
    await visit(page, `/factors/enrol/${await idOf(page, "mlaasen")}`);
    await start(page, "Unlogged");
    await page.route("**/handed", (route) => route.fulfill(problem));
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute("data-printed", "");
    });
    await part(page, "Slip").getByRole("button", { name: "Print" }).click();
    await part(page, "Slip").getByText("Not done: it could not be written to the audit log.").waitFor();
    expect(await page.locator("[data-printed]").count()).toBe(0);
    await page.getByRole("button", { name: "Copy key" }).click();
    await part(page, "Scan").getByText("Copied, but not written to the audit log.").waitFor();
    await sound(page);
  });

  test("is replaced, its codes are made anew, and it is revoked with a reason", async ({ page }) => {
    const id = await idOf(page, "bjaasgaard").catch(() => "");
    const person = id || (await idOf(page, "aasgaard"));
    const first = await enrolled(page, person, "Old phone");
    await visit(page, `/factors?q=aasgaard`);
    await grid(page, "Factors").getByText("Old phone").click();
    const inspector = page.locator("aside.insp");
    await inspector.getByRole("button", { name: "Replace…" }).click();
    await page.getByText("Replace Old phone").waitFor();
    expect(await page.getByRole("radio", { name: /Replace Old phone/ }).isChecked()).toBe(true);
    await sound(page, "enrol-replace");
    await start(page, "New phone");
    await part(page, "Factors of Bjarne Aasgaard").getByText("ends when this one is proven").waitFor();
    await part(page, "Factors of Bjarne Aasgaard").getByText("10 left, replaced by these").waitFor();
    const key = await keyOn(page);
    await handedOver(page).check();
    await boxes(page).first().fill(codeOf(key));
    await activate(page).click();
    await page.getByRole("heading", { name: "New phone is active" }).waitFor();
    await page.getByText("Old phone", { exact: true }).waitFor();

    await visit(page, `/factors/verify/${person}`);
    await say(page, codeOf(first.key, 1));
    await page.getByText("Not verified: the code is wrong").waitFor();

    await visit(page, "/factors?state=active&q=aasgaard");
    await soon(() => totalOf(grid(page, "Factors"))).toBe(1);
    await grid(page, "Factors").getByText("New phone").click();
    await inspector.getByRole("button", { name: "New recovery codes…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/10 codes left of the old set end at once/).waitFor();
    await sound(page);
    await dialog.getByLabel("Reason").fill("Paper was lost");
    await dialog.getByRole("button", { name: "Make new codes" }).click();
    const shown = page.getByRole("dialog", { name: "Recovery codes of Bjarne Aasgaard" });
    await soon(() => shown.locator("li").count()).toBe(10);
    await sound(page, "new-codes");
    const fresh = await shown.locator("li").allTextContents();
    await shown.getByRole("checkbox").check();
    await shown.getByRole("button", { name: "Close" }).click();
    await soon(() => page.getByRole("dialog").count()).toBe(0);
    expect(await heldOf(page, fresh)).toEqual([]);

    await inspector.getByRole("button", { name: "Revoke…" }).click();
    const revoke = page.getByRole("dialog", { name: "Revoke New phone?" });
    await revoke.getByText(/nobody can verify Bjarne Aasgaard as a caller/).waitFor();
    await revoke.getByText(/10 recovery codes end with it/).waitFor();
    await sound(page, "revoke");
    await revoke.getByLabel("Reason").fill("Phone was lost");
    await revoke.getByRole("button", { name: "Revoke factor" }).click();
    await soon(() => page.getByRole("dialog").count()).toBe(0);
    await visit(page, `/factors/verify/${person}`);
    await page.getByText(/Bjarne Aasgaard has no factor/).waitFor();
    await sound(page, "verify-none");
    await page.getByRole("link", { name: "Enrol a one-time code…" }).click();
    await page.getByLabel("Name of this factor").waitFor();
  }, 60_000);
});

describe("a caller", () => {
  test("who guesses is paused, with a countdown, whoever asks", async ({ page }) => {
    const id = await idOf(page, "mlaasen");
    const { key } = await enrolled(page, id, "Second phone");
    await visit(page, `/factors/verify/${id}`);
    for (let left = 4; left > 0; left--) {
      await say(page, wrongCode(key));
      await page.getByText(`${left} ${left === 1 ? "attempt" : "attempts"} left for this person`).waitFor();
    }
    await say(page, wrongCode(key));
    await page.getByText(/^Paused for (1:00|0:\d\d)$/).waitFor();
    await sound(page, "verify-paused");
    const verify = page.getByRole("button", { name: "Verify", exact: true });
    await page.getByLabel("What the caller reads out").fill(codeOf(key, 1));
    expect(await verify.getAttribute("aria-disabled")).toBe("true");
  });

  test("is asked for from the person's page; a person without a factor cannot be verified", async ({
    page,
  }) => {
    await visit(page, "/identities?q=mlaasen");
    await page.getByRole("link", { name: "Aasen, Mei-Lin" }).click();
    await page.getByRole("link", { name: "Verify caller…" }).click();
    await page.getByRole("heading", { name: "Is this Mei-Lin Aasen?" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Enrol a one-time code…" }).click();
    await page.getByLabel("Name of this factor").waitFor();
  });
});

describe("what an operator may not", () => {
  test("is absent, and the page names the permission", async ({ page }) => {
    await page.route("**/api/v1/session", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), permissions: ["directory.read"] },
      });
    });
    await visit(page, "/factors");
    await page.reload();
    await grid(page, "Factors").waitFor();
    expect(
      await page
        .getByRole("main")
        .getByText(/Enrol for|Verify a caller/)
        .count(),
    ).toBe(0);
    await visit(page, "/factors/enrol");
    await page.getByText("needs the permission factor.manage").waitFor();
    await sound(page);
    await visit(page, "/factors/verify/1");
    await page.getByText("needs the permission factor.verify").waitFor();
  });

  test("fails in its place, with a way to try again", async ({ page, watch }) => {
    watch.expect(/503/);
    await visit(page, "/no/such/place");
    await page.route("**/api/v1/factors**", (route) => route.fulfill(problem));
    await page.reload();
    await visit(page, "/factors");
    await soon(() => page.getByRole("alert").count()).toBe(2);
    await sound(page);
    await page.unroute("**/api/v1/factors**");
    for (const alert of ["Factors could not be read.", "What the directories enforce could not be counted."])
      await page
        .getByRole("alert")
        .filter({ hasText: alert })
        .getByRole("button", { name: "Try again" })
        .click();
    await soon(() => page.getByRole("alert").count()).toBe(0);
  });
});

/** Presses Tab until an element has the focus, as one without a mouse would. */
async function tabTo(page: Page, target: ReturnType<Page["getByRole"]>): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("60 presses of Tab did not reach it.");
}
