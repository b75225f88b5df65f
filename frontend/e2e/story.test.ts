import type { Page } from "playwright-core";
import { describe } from "vitest";
import { activeRow, expect, grid, soon, sound, test } from "./harness";

const chain = ["calib-interns", "calib-lab", "lab-operations", "infra-operators", "Administrators"];

/** The intern's membership, found; what is said of it has to be there, in words and drawn. */
async function explained(page: Page): Promise<void> {
  const why = page.getByRole("region", { name: "Why Administrators?" });
  await why.waitFor();
  await soon(() =>
    why.getByText("one path, five memberships; in none of the last four groups directly").count(),
  ).toBe(1);

  const path = why.getByRole("list", { name: "Paths" }).getByRole("listitem");
  await soon(() => path.count()).toBe(1);
  expect((await path.getByRole("link").allTextContents()).slice(1)).toEqual(chain);

  const graph = why.getByRole("figure");
  await graph.locator(".react-flow__node").first().waitFor();
  const boxes = await graph.locator(".react-flow__node").getByRole("link").allTextContents();
  expect(boxes).toHaveLength(6);
  expect(boxes[0]).toContain("Mei-Lin Aasen");
  for (const [at, name] of chain.entries()) expect(boxes[at + 1]).toContain(name);
  // Left to right, as the membership runs.
  const lefts = await graph
    .locator(".react-flow__node")
    .evaluateAll((nodes) => nodes.map((node) => node.getBoundingClientRect().left));
  expect(lefts).toEqual([...lefts].sort((a, b) => a - b));

  await soon(() => graph.locator(".react-flow__edge").count()).toBe(5);
  await soon(() => graph.locator(".gedge-no").allTextContents()).toEqual(["1", "2", "3", "4", "5"]);
  // The one new edge is marked, and says since when.
  expect(await graph.locator(".gedge.hot").count()).toBe(1);
  expect(await graph.locator(".gedge-note").textContent()).toMatch(/^new today \d\d:\d\d$/);
  // Red is the target alone.
  expect(await graph.locator(".gnode.danger").allTextContents()).toEqual([boxes[5]]);
}

describe("an intern reaches the administrators' group", () => {
  test("found, explained and drawn with the mouse", async ({ page }) => {
    await page.getByRole("button", { name: "Name, login, mail, DN" }).click();
    await page.getByRole("combobox").fill("mei");
    await page.getByRole("option", { name: "Mei-Lin Aasen" }).first().click();
    await page.getByRole("heading", { name: "Mei-Lin Aasen", level: 1 }).waitFor();
    await page.getByRole("tab", { name: "Membership" }).click();

    const groups = page.getByRole("table", { name: "Groups" });
    const row = groups
      .getByRole("row")
      .filter({ has: page.getByRole("link", { name: "Administrators", exact: true }) })
      .first();
    await soon(() => row.textContent()).toContain(chain.join("›"));
    await soon(() => row.textContent()).toContain("nested5");
    await groups.getByRole("button", { name: "why in Administrators?" }).click();
    await explained(page);
    await sound(page, "why");

    const why = page.getByRole("region", { name: "Why Administrators?" });
    await why.getByRole("button", { name: "Copy as text" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain(
      `Mei-Lin Aasen > ${chain.join(" > ")}`,
    );
    await why.getByRole("button", { name: "Prove with ldapsearch" }).click();
    await soon(() => why.getByLabel("The same question for ldapsearch").first().textContent()).toContain(
      "ldapsearch",
    );
    await sound(page);
    await why.getByRole("button", { name: "Close the explanation" }).click();
    await soon(() => why.count()).toBe(0);
  });

  test("found, explained and drawn by keyboard alone", async ({ page }) => {
    const { keyboard } = page;
    await keyboard.press("/");
    await page.getByRole("combobox").waitFor();
    await keyboard.type("mei");
    await page.getByRole("option", { name: "Mei-Lin Aasen" }).first().waitFor();
    const selected = page.getByRole("option", { selected: true });
    for (let presses = 0; presses < 12; presses++) {
      if ((await selected.textContent())?.startsWith("Mei-Lin Aasen")) break;
      await keyboard.press("ArrowDown");
    }
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Mei-Lin Aasen", level: 1 }).waitFor();

    // F6 to the page, Tab to its tabs, arrows along them.
    await tabTo(page, page.getByRole("tab", { name: "Profile" }));
    await keyboard.press("ArrowRight");
    await keyboard.press("ArrowRight");
    await soon(() => page.getByRole("tab", { selected: true }).textContent()).toContain("Membership");
    await tabTo(page, page.getByRole("button", { name: "why in Administrators?" }));
    await keyboard.press("Enter");
    await explained(page);

    await keyboard.press("Escape");
    await soon(() => page.getByRole("region", { name: "Why Administrators?" }).count()).toBe(0);
  });

  test("found in the list by its filter, and W asks why", async ({ page }) => {
    const { keyboard } = page;
    await page.getByRole("link", { name: "Identities" }).first().click();
    const people = grid(page, "People");
    await people.waitFor();
    await keyboard.press("f");
    await page.getByRole("menuitem", { name: "reaches a privileged group by nesting" }).waitFor();
    await soon(() => page.evaluate(() => document.activeElement?.textContent)).toBe(
      "reaches a privileged group by nesting",
    );
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Finding reaches a privileged group by nesting" }).waitFor();
    await people.focus();
    await keyboard.press("Home");
    await soon(() => activeRow(people)).toContain("Aasen, Mei-Lin");
    await keyboard.press("Space");
    await page.getByRole("complementary", { name: "Mei-Lin Aasen" }).waitFor();
    await keyboard.press("w");
    await explained(page);
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
