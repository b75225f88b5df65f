import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe } from "vitest";
import { expect, soon, sound, test, visit } from "./harness";

/** Presses a button that hands over a file, and returns what was handed over. */
async function saved(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  const name = file.suggestedFilename();
  const path = join(mkdtempSync(join(tmpdir(), "gatehouse-report-")), name);
  await file.saveAs(path);
  return { name, bytes: readFileSync(path) };
}

const information = (page: Page) => page.getByRole("region", { name: "Information sheet" });

describe("reports", () => {
  test("are listed with the question each answers", async ({ page }) => {
    await visit(page, "/reports");
    const table = page.getByRole("table", { name: "Reports" });
    await soon(() => table.getByRole("row").count()).toBe(7);
    await sound(page, "reports");
    await table.getByRole("link", { name: "Accounts" }).click();
    await page.getByRole("heading", { name: "Accounts", level: 1 }).waitFor();
  });

  test.for([
    ["accounts", "Accounts"],
    ["effective-membership", "Effective membership"],
    ["changes", "Changes"],
    ["factor-coverage", "Factor coverage"],
  ] as const)("%s: previewed, every sum closes, and saved whole", async ([name], { page }) => {
    await visit(page, `/reports/${name}`);
    await information(page).getByRole("heading", { name: "Sums" }).waitFor();
    await sound(page, `report-${name}`);
    expect(await information(page).locator(".sums .st.danger").count()).toBe(0);
    expect(await page.locator(".sheet tbody tr").count()).toBeGreaterThan(3);

    const workbook = await saved(page, "Save xlsx…");
    expect(workbook.name).toMatch(new RegExp(`^DEMO-gatehouse-${name}-.*\\.xlsx$`));
    expect(workbook.bytes.subarray(0, 2).toString()).toBe("PK");
    const sheet = await saved(page, "Save csv…");
    const head = sheet.bytes.toString("utf8").split(/\r?\n/)[0] ?? "";
    const columns = await page.locator(".sheet thead th").allTextContents();
    expect(head.replace(/"[^"]*"/g, "quoted").split(",").length).toBe(columns.length);
  });

  test("the accounts of a day before the first read were not observed", async ({ page }) => {
    await visit(page, "/reports/accounts?asOf=2019-03-01");
    await soon(() => page.getByText("No row.").count()).toBe(1);
    await soon(() => information(page).textContent()).toContain("nothing was observed");
    await sound(page);
    await page.getByRole("button", { name: "now", exact: true }).click();
    await soon(() => page.locator(".sheet tbody tr").count()).toBeGreaterThan(50);
  });

  test("a number of an outcome opens its rows", async ({ page }) => {
    await visit(page, "/reports/accounts");
    const fails = information(page).getByRole("link", { name: /rows: Fail$/ });
    const count = Number(await fails.textContent());
    expect(count).toBeGreaterThan(0);
    await fails.click();
    await soon(() => page.locator(".sheet tbody tr").count()).toBe(count);
    await sound(page);
    await page.getByRole("button", { name: "Show every outcome" }).click();
    await soon(() => page.locator(".sheet tbody tr").count()).toBeGreaterThan(count);
  });

  test("a day in the future is refused in words", async ({ page, watch }) => {
    watch.expect(/422/);
    await visit(page, "/reports/accounts?asOf=2199-01-01");
    await page.getByRole("alert").filter({ hasText: "The report could not be made." }).waitFor();
    await sound(page);
  });

  test("by keyboard: from the palette to the file", async ({ page }) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("report: accounts");
    await page.getByRole("option", { name: "Report: accounts" }).waitFor();
    await page.keyboard.press("Enter");
    await information(page).getByRole("heading", { name: "Sums" }).waitFor();
    const button = page.getByRole("button", { name: "Save xlsx…" });
    for (
      let presses = 0;
      presses < 40 && !(await button.evaluate((e) => e === document.activeElement));
      presses++
    )
      await page.keyboard.press("Tab");
    const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
    await soon(() => page.getByRole("status").filter({ hasText: ".xlsx" }).count()).toBe(1);
  });
});
