import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe } from "vitest";
import { expect, grid, soon, sound, test, totalOf, visit } from "./harness";

const tab = (page: Page, name: string) => page.getByRole("tab", { name });
const panel = (page: Page, name: string) => page.getByRole("complementary", { name, exact: true });

/** Opens the inspector of the first row. */
async function inspectFirst(page: Page, list: string): Promise<void> {
  await grid(page, list)
    .getByRole("row")
    .nth(1)
    .click({ position: { x: 8, y: 8 } });
  await page.locator("aside.insp").waitFor();
}

describe("directories, audit, settings and what lies over every page are sound, light and dark", () => {
  test("directories, the source, its run and the run's changes", async ({ page }) => {
    await visit(page, "/directories");
    const link = page
      .getByRole("table", { name: "Directories" })
      .getByRole("link", { name: "corp.halden.example", exact: true });
    await link.waitFor();
    await sound(page, "directories");
    // The demo's folder holds nothing but the demo, so no way leads to connecting another; the address says why.
    expect(
      await page
        .getByRole("main")
        .getByRole("link", { name: /Connect a directory/ })
        .count(),
    ).toBe(0);
    await link.click();
    await page.getByRole("heading", { name: "Mapping" }).waitFor();
    await sound(page, "directory");
    await page.getByRole("button", { name: "Remove source…" }).click();
    await page.getByRole("dialog").getByLabel("Reason").waitFor();
    await sound(page);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();

    const runs = page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "Took" }) });
    await runs.getByRole("row").nth(1).getByRole("link").first().click();
    await page.getByRole("tab", { name: "Summary" }).waitFor();
    await sound(page);
    await tab(page, "Changes").click();
    expect(await totalOf(grid(page, "Changes"))).toBe(19);
    await inspectFirst(page, "Changes");
    await sound(page, "run-changes");
    await tab(page, "Skipped").click();
    await sound(page);
    await visit(page, "/directories/connect");
    await page.getByText("no real directory is connected to it").waitFor();
    await sound(page);
  });

  test("audit, its inspector, the verdict and the export", async ({ page, demo }) => {
    await visit(page, "/audit");
    expect(await totalOf(grid(page, "Events"))).toBeGreaterThan(5);
    await sound(page, "audit");
    await inspectFirst(page, "Events");
    await page
      .getByRole("heading", { name: "Hash of this event" })
      .or(page.getByText("Hash of this event").first())
      .first()
      .waitFor();
    await sound(page);

    await page.getByRole("button", { name: "Verify now…" }).click();
    const verdict = panel(page, "Verify the audit log");
    await verdict.getByRole("button", { name: "Verify" }).click();
    await verdict.getByText("whole", { exact: true }).waitFor();
    await verdict.getByText("What this cannot prove").waitFor();
    await sound(page, "audit-verified");
    const head = await verdict.locator("code, pre").last().textContent();
    await verdict.getByLabel("Head noted elsewhere").fill("0".repeat(64));
    await verdict.getByRole("button", { name: "Verify" }).click();
    await verdict.getByText(/^not whole/).waitFor();
    await sound(page);
    expect(head?.trim()).toMatch(/^[0-9a-f]{64}$/);

    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    const path = join(demo.folder, "export.jsonl");
    await (await download).saveAs(path);
    const lines = (await readFile(path, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).action)).toContain("session.start");
    await page.getByRole("button", { name: "Copy head" }).waitFor();
    await sound(page);
  });

  test("settings, a new start link, and a recovery key where no vault can be made", async ({
    page,
    watch,
  }) => {
    await visit(page, "/settings");
    await page.getByRole("heading", { name: "Vault" }).waitFor();
    await sound(page, "settings");
    await page.getByRole("button", { name: "New start link" }).click();
    await page.getByText(/\/boot#t=/).waitFor();
    await page.getByText(/^Expires/).waitFor();
    await sound(page);

    watch.expect(/recovery-key/);
    await page.getByRole("button", { name: "Add a way in" }).click();
    await page.getByRole("menuitem", { name: /^Recovery key…/ }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("No recovery key was made.").waitFor();
    // The remedy is named: what to pass, or what to run.
    await soon(() => alert.textContent()).toMatch(/--vault-key-file|GATEHOUSE_VAULT_KEY_FILE|keychain/);
    // It stands where it is seen, at the foot of a page that scrolls.
    await soon(async () => {
      const box = await alert.boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= 900;
    }).toBe(true);
    await sound(page);
  });

  test("the demo is reset only after it is asked", async ({ page }) => {
    await visit(page, "/settings");
    await page.getByRole("button", { name: "Reset demo…" }).click();
    const dialog = page.getByRole("dialog", { name: "Reset the demo company?" });
    await dialog.waitFor();
    await sound(page);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await soon(() => dialog.count()).toBe(0);
  });

  test("command palette, key help and the operator's menu", async ({ page }) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("adm");
    await page
      .getByRole("option", { name: /Administrators/ })
      .first()
      .waitFor();
    await sound(page, "palette");
    await page.getByRole("combobox").fill("nothing is called this");
    await page.getByText('Nothing in the directories fits "nothing is called this".').waitFor();
    await sound(page);
    await page.keyboard.press("Escape");
    await soon(() => page.getByRole("combobox").count()).toBe(0);

    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await sound(page, "keys");
    await page.keyboard.press("Escape");
    await soon(() => page.getByRole("dialog").count()).toBe(0);

    await page.getByRole("banner").getByRole("button").last().click();
    await page.getByRole("menuitemradio", { name: "Dark" }).waitFor();
    await sound(page);
  });

  test("a record that does not exist and an address that leads nowhere", async ({ page, watch }) => {
    watch.expect(/status of 404/);
    await visit(page, "/identities/999999");
    await page.getByRole("heading", { name: "No such page" }).waitFor();
    await sound(page);
    await visit(page, "/no/such/place");
    await page.getByRole("heading", { name: "No such page" }).waitFor();
  });
});
