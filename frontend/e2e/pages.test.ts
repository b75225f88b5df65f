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

describe("every page is sound, light and dark", () => {
  test("overview", async ({ page }) => {
    await page.getByRole("heading", { name: "Privileged groups" }).waitFor();
    await page.getByRole("figure").first().waitFor();
    await sound(page, "overview");
  });

  test("findings, list and inspector", async ({ page }) => {
    await visit(page, "/findings?view=list");
    expect(await totalOf(grid(page, "Findings"))).toBeGreaterThan(10);
    await sound(page, "findings");
    await inspectFirst(page, "Findings");
    await sound(page);
  });

  test.for([
    ["person", "People", "identities"],
    ["service", "Service accounts", "service-accounts"],
    ["shared", "Shared accounts", "shared-accounts"],
    ["account", "All accounts", "accounts"],
  ] as const)("identities of the sort %s, list and inspector", async ([type, list, name], { page }) => {
    await visit(page, `/identities?type=${type}`);
    expect(await totalOf(grid(page, list))).toBeGreaterThan(5);
    await sound(page, name);
    await inspectFirst(page, list);
    await page.locator("aside.insp").getByRole("heading", { name: "Timeline" }).waitFor();
    await sound(page, `${name}-inspector`);
  });

  test("the list of people is ordered and shown by surname", async ({ page }) => {
    await visit(page, "/identities");
    const people = grid(page, "People");
    await totalOf(people);
    const names = await people.locator(".grid-row > :nth-child(2)").allTextContents();
    expect(names.length).toBeGreaterThan(15);
    expect(names.slice(0, 3)).toEqual(["Aarhus, Yngve", "Aasen, Mei-Lin", "Aasgaard, Bjarne"]);
  });

  test("the filters of a list", async ({ page }) => {
    await visit(page, "/identities");
    await page.getByRole("button", { name: /^Filter/ }).click();
    await page.getByRole("menuitem", { name: "disabled" }).waitFor();
    await sound(page);
    await page.getByRole("menuitem", { name: "disabled" }).click();
    await page.getByRole("button", { name: "Account disabled" }).waitFor();
    await sound(page);
    await page.getByRole("searchbox", { name: "Search this list" }).fill("nobody is called this");
    await page.getByText("Nobody fits these filters.").waitFor();
    await sound(page);
    await page.getByRole("button", { name: "Clear" }).click();
    await soon(() => totalOf(grid(page, "People"))).toBeGreaterThan(400);
  });

  test("an identity, every tab", async ({ page }) => {
    await visit(page, "/identities?q=mlaasen");
    await page.getByRole("link", { name: "Aasen, Mei-Lin" }).click();
    await page.getByRole("heading", { name: "Mei-Lin Aasen", level: 1 }).waitFor();
    await page.getByText("One identity because").waitFor();
    await sound(page, "identity");
    for (const [name, shown] of [
      ["Accounts", "mlaasen"],
      ["Membership", "calib-interns"],
      ["Timeline", "calib-interns"],
    ] as const) {
      await tab(page, name).click();
      await page.getByRole("tabpanel").getByText(shown).first().waitFor();
      await sound(page);
    }
  });

  test("an account, every tab", async ({ page }) => {
    await visit(page, "/identities?type=service&q=svc-archive");
    await page.getByRole("link", { name: "svc-archive", exact: true }).click();
    await page.getByRole("heading", { name: "svc-archive", level: 1 }).waitFor();
    for (const [name, shown] of [
      ["Profile", "uid=svc-archive"],
      ["Membership", "Backup Operators"],
      ["Timeline", "Backup Operators"],
    ] as const) {
      await tab(page, name).click();
      await page.getByRole("tabpanel").getByText(shown).first().waitFor();
      await sound(page);
    }
  });

  test("groups, list, inspector and every tab", async ({ page }) => {
    await visit(page, "/groups");
    expect(await totalOf(grid(page, "Groups"))).toBeGreaterThan(100);
    await sound(page, "groups");
    await inspectFirst(page, "Groups");
    await panel(page, "Administrators")
      .getByRole("link", { name: /^why is/ })
      .first()
      .waitFor();
    await sound(page, "groups-inspector");
    await panel(page, "Administrators").getByRole("button", { name: "Open" }).click();
    await page.getByRole("heading", { name: "Administrators", level: 1 }).waitFor();
    for (const name of [
      "Effective members",
      "Direct members",
      "Unresolved",
      "Member of",
      "Groups that are members",
      "Profile",
      "Timeline",
    ]) {
      await tab(page, name).click();
      await soon(() => tab(page, name).getAttribute("aria-selected")).toBe("true");
      await sound(page, name === "Effective members" ? "group" : undefined);
    }
  });
});
