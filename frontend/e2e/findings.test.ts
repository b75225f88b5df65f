import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { expect, grid, soon, sound, test, totalOf, visit } from "./harness";

describe("findings", () => {
  test("the riskiest first, by cause; a count opens its rows", async ({ page }) => {
    await visit(page, "/findings");
    const causes = page.getByRole("table", { name: "Riskiest findings" });
    await causes.getByText("Temporary staff in a privileged group by nesting").first().waitFor();
    expect(await causes.locator("tbody tr").first().textContent()).toContain("critical");
    await sound(page, "findings-top");
    await causes
      .getByRole("link", { name: /^\d+ findings: Dormant administrator|findings: Dormant administrator/ })
      .click();
    await soon(() => totalOf(grid(page, "Findings"))).toBe(4);
  });

  test("one is accepted with a reason, listed with it, and opened again", async ({ page }) => {
    await visit(page, "/findings?kind=noOwner");
    const list = grid(page, "Findings");
    await soon(() => totalOf(list)).toBe(7);
    await list.getByText("Service or shared account without owner").first().click();
    await page.getByRole("button", { name: "Accept…", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("the label printer, retired in April");
    await sound(page, "findings-accept");
    await dialog.getByRole("button", { name: "Accept", exact: true }).click();
    await soon(() => totalOf(grid(page, "Findings"))).toBe(6);

    await visit(page, "/findings?view=accepted");
    const accepted = grid(page, "Accepted findings");
    await accepted.getByText("the label printer, retired in April").click();
    await page.getByRole("button", { name: "Open again…" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("still prints");
    await page.getByRole("dialog").getByRole("button", { name: "Open again", exact: true }).click();
    await page.getByText("No finding is accepted.").waitFor();
  });

  test("leave the console as a file, all of them", async ({ page, demo }) => {
    await visit(page, "/findings?view=list");
    const total = await totalOf(grid(page, "Findings"));
    await page.getByRole("link", { name: "Export…" }).click();
    await page.getByRole("heading", { name: "Findings", level: 1 }).waitFor();
    await page.getByText("As of now: it keeps no history.").waitFor();
    const file = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save csv…" }).click();
    const path = join(demo.folder, "findings.csv");
    await (await file).saveAs(path);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines[0]).toContain("Risk,Finding,About,Detail");
    expect(lines.length - 1).toBe(total);
    expect(lines[1]).toContain("critical,Temporary staff in a privileged group by nesting");
    await sound(page, "findings-report");
  });

  test("leave the console as a file narrowed as the list is, which says so", async ({ page, demo }) => {
    await visit(page, "/findings?view=list&kind=dormant&risk=high");
    const listed = await totalOf(grid(page, "Findings"));
    await page.getByRole("link", { name: "Export…" }).click();
    await page.getByText('now; findings open, of risk high, of the check "Dormant account" alone').waitFor();
    const file = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save csv…" }).click();
    const path = join(demo.folder, "narrowed.csv");
    await (await file).saveAs(path);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(1);
    expect(lines.length).toBe(listed);
    for (const line of lines) expect(line).toMatch(/^high,Dormant administrator,/);
    await sound(page, "findings-report-narrowed");
    await page.getByLabel("Risk", { exact: true }).selectOption("");
    await soon(() => page.locator(".sheet tbody tr").count()).toBeGreaterThan(listed);
  });

  test("a baseline takes what is here, up to a risk", async ({ page }) => {
    await visit(page, "/findings?baseline=new");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("First reading");
    await sound(page, "findings-baseline");
    await dialog.getByRole("button", { name: /^Accept \d+$/ }).click();
    await dialog.waitFor({ state: "hidden" });
    await visit(page, "/findings?view=list&risk=low");
    await page.getByText("No finding fits these filters.").waitFor();
    await visit(page, "/findings?view=checks");
    await page.getByRole("table", { name: "Checks" }).getByText("Membership cycle").waitFor();
    await sound(page, "findings-checks");
  });
});
