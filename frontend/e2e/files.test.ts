import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, inject } from "vitest";
import { Gatehouse } from "./gatehouse";
import { test as base, expect, grid, signIn, soon, sound, totalOf, visit } from "./harness";

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
    await page.getByRole("radio", { name: /^File/ }).check();
    await sound(page);
    await forward(page).click();
    await page.getByRole("radio", { name: "On this computer: send it" }).waitFor();
    await use(page);
  },
});

const names = "Personalnummer;Nachname;Vorname;E-Mail;Abteilung;Vorgesetzter;Eintritt;Austritt;Status;Rollen";
const people = [
  "10001;Bai;Xiaoyu;xbai@halden.example;Optik;;01.02.2019;;aktiv;VPN",
  '10002;Haugen;"Per ""Skip""";phaugen@halden.example;Prüffeld;10001;2021-05-17;31.12.9999;aktiv;VPN',
  "10003;Lund;Hilde;hlund@halden.example;Optik;10001;15.08.2014;31.03.2026;ausgetreten;",
  "10004;Østby;Maiken;mostby@halden.example;;10002;01.06.2020;;ruhend;VPN",
  "10005;Cohen;Lior;lcohen@halden.example;Optik;10001;31.02.2020;;aktiv;",
  "10006;Moen;Ola;omoen@halden.example;Optik;10001;01.02.20;;aktiv;",
  "10007;Berg;Anna;aberg@halden.example;Labor;4711;03/04/2021;;aktiv;",
  "10007;Berg;Ingrid;iberg@halden.example;Labor;10001;2021-04-03;;aktiv;",
  "10008;Dahl",
];
const staff = Buffer.from(`${[names, ...people].join("\r\n")}\r\n`, "latin1");

const forward = (page: Page) => page.getByRole("button", { name: /^(Continue|Save and read|Save)$/ }).last();
const step = (page: Page) => page.getByRole("navigation", { name: "Steps" }).locator("[aria-current=step]");
const rows = (page: Page) => page.getByRole("table", { name: "The first rows of the file" });
const faults = (page: Page) => page.getByRole("table", { name: "Rows that cannot be used" });
const results = (page: Page) => page.getByRole("table", { name: "What the check found" });

/** Chooses in a field that drops down. */
async function choose(page: Page, field: string | RegExp, value: string): Promise<void> {
  await page.getByRole("combobox", { name: field }).click();
  await page.getByRole("option", { name: value, exact: true }).click();
}

describe("connecting a file", () => {
  test("an export with faults, from the wizard to the first read", async ({ own, start: page }) => {
    expect(await forward(page).getAttribute("aria-disabled")).toBe("true");
    await sound(page, "file-choose");
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "staff 2026.csv", mimeType: "text/csv", buffer: staff });
    await page.getByRole("button", { name: "Choose another…" }).waitFor();
    await forward(page).click();

    // What the columns mean is proposed; what cannot be used stands below at once.
    await soon(() => step(page).textContent()).toContain("Columns");
    await rows(page).getByText("Østby").waitFor();
    await soon(() =>
      page
        .getByText(/cannot be used/)
        .first()
        .textContent(),
    ).toContain("5 cannot be used");
    const value = (name: string) => page.getByRole("combobox", { name, exact: true }).inputValue();
    expect(await value("Key")).toBe("Personalnummer");
    expect(await value("Encoding")).toBe("windows-1252");
    expect(await value("What Austritt means")).toBe("End date");
    const text = async () => (await faults(page).textContent()) ?? "";
    for (const what of [
      "no day of the calendar",
      "year of two digits",
      "whether the day or the month",
      "more than one row",
      "2 fields",
    ])
      await soon(text).toContain(what);
    await sound(page, "file-columns");

    // A choice is looked at again: with the day first, one fault less.
    await choose(page, "Dates with slashes", "day first: 31/12/2026");
    await soon(text).not.toContain("whether the day or the month");
    await choose(page, /ruhend/, "disabled");
    await choose(page, "What Abteilung means", "not used");
    await soon(() => value("What Abteilung means")).toBe("not used");
    await choose(page, "What Abteilung means", "Department");
    await page.getByRole("button", { name: "Copy as table" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain(
      "6\tEintritt\t31.02.2020\tis no day",
    );

    // What a run would find.
    await forward(page).click();
    await soon(() => step(page).textContent()).toContain("Check");
    await soon(() => results(page).textContent()).toContain("4 of 9 can be used, 5 cannot");
    await soon(() => results(page).textContent()).toContain("2 rows have a key that another row has too");
    await soon(() => page.getByRole("table", { name: "People as they will look" }).textContent()).toContain(
      "Hilde Lund",
    );
    await sound(page, "file-check");
    await forward(page).click();

    await page.getByRole("group", { name: "What will be saved" }).waitFor();
    expect(await page.getByLabel(/^Name/).inputValue()).toBe("staff 2026");
    await sound(page, "file-save");
    await page.getByRole("button", { name: "Save and read" }).click();
    await page.getByRole("heading", { name: "staff 2026 is connected" }).waitFor();
    await page.getByText(/4 accounts, 1 group/).waitFor();
    await page.getByText("5 rows could not be used").waitFor();
    await page.getByRole("link", { name: "Open identities" }).click();
    await soon(() => totalOf(grid(page, "People"))).toBe(4);

    // The source says which file it is; a newer one takes its place.
    await visit(page, "/directories");
    await page.getByRole("link", { name: "staff 2026" }).first().click();
    await page.getByText("sent by an operator").waitFor();
    await sound(page, "file-source");
    await page.getByRole("link", { name: "Change…" }).click();
    const path = join(own.folder, "newer.csv");
    writeFileSync(path, staff.toString("latin1").replace("31.02.2020", "28.02.2020"), "latin1");
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "newer.csv", mimeType: "text/csv", buffer: readFileSync(path) });
    await page.getByText("newer.csv").first().waitFor();
    await forward(page).click();
    await soon(text).not.toContain("31.02.2020");
    await forward(page).click();
    await soon(() => results(page).textContent()).toContain("5 of 9 can be used");
    await forward(page).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Read now" }).click();
    await soon(() => page.getByRole("main").textContent()).toContain("5 accounts");
  });

  test("a file where Gatehouse runs, and what is wrong with one that is not there", async ({
    own,
    start: page,
  }) => {
    await page.getByRole("radio", { name: /Where Gatehouse runs/ }).check();
    await page.getByRole("textbox", { name: "Path" }).fill(join(own.folder, "no such file.csv"));
    await forward(page).click();
    await page.getByRole("alert").getByText("There is no file").waitFor();
    expect(await forward(page).getAttribute("aria-disabled")).toBe("true");
    await sound(page);
    await page.getByRole("button", { name: "Back" }).click();
    const path = join(own.folder, "keyless.csv");
    writeFileSync(path, "Colour,Size\nred,1\nred,1\n");
    await page.getByRole("textbox", { name: "Path" }).fill(path);
    await forward(page).click();
    await rows(page).getByText("red").first().waitFor();
    await page.getByText("Choose the key: a column that never changes.").waitFor();
    await sound(page);
  });
});
