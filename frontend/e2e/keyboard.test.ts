import type { Locator, Page } from "playwright-core";
import { describe } from "vitest";
import { activeRow, expect, grid, soon, test, totalOf, visit } from "./harness";

/** The list of people, with the focus on it. */
async function onPeople(page: Page): Promise<Locator> {
  await visit(page, "/identities");
  const people = grid(page, "People");
  await totalOf(people);
  await people.focus();
  return people;
}

const focused = (locator: Locator) => locator.evaluate((element) => element === document.activeElement);
const inspector = (page: Page) => page.locator("aside.insp");

describe("lists by keyboard", () => {
  test("arrows, pages and ends move; Space shows, Enter opens, Esc closes one layer", async ({ page }) => {
    const people = await onPeople(page);
    const { keyboard } = page;
    await soon(() => activeRow(people)).toContain("Aarhus, Yngve");
    await keyboard.press("ArrowDown");
    await soon(() => activeRow(people)).toContain("Aasen, Mei-Lin");
    await keyboard.press("ArrowUp");
    await keyboard.press("ArrowUp"); // the first row is the end
    await soon(() => activeRow(people)).toContain("Aarhus, Yngve");
    await keyboard.press("PageDown");
    const afterPage = Number((await people.getAttribute("aria-activedescendant"))?.split("-").at(-1));
    expect(afterPage).toBeGreaterThan(15);
    await keyboard.press("PageUp");
    await soon(() => activeRow(people)).toContain("Aarhus, Yngve");
    await keyboard.press("End");
    await soon(async () => (await people.getAttribute("aria-activedescendant"))?.split("-").at(-1)).toBe(
      "402",
    );
    await page.getByText("of 403", { exact: false }).last().waitFor();
    await keyboard.press("Home");
    await keyboard.press("ArrowDown");

    await keyboard.press("Space");
    await inspector(page).getByRole("heading", { name: "Mei-Lin Aasen" }).waitFor();
    await keyboard.press("ArrowDown"); // an open inspector follows
    await inspector(page).getByRole("heading", { name: "Bjarne Aasgaard" }).waitFor();
    expect(await focused(people)).toBe(true);
    await keyboard.press("ArrowUp");
    await inspector(page).getByRole("heading", { name: "Mei-Lin Aasen" }).waitFor();
    await keyboard.press("Escape");
    await soon(() => inspector(page).count()).toBe(0);
    expect(await focused(people)).toBe(true);

    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Mei-Lin Aasen", level: 1 }).waitFor();
  });

  test("Esc closes the menu before the inspector", async ({ page }) => {
    const people = await onPeople(page);
    await page.keyboard.press("Space");
    await inspector(page).waitFor();
    await page.keyboard.press("f");
    await page.getByRole("menu").waitFor();
    await soon(() => page.getByRole("menu").evaluate((menu) => menu.contains(document.activeElement))).toBe(
      true,
    );
    await page.keyboard.press("Escape");
    await soon(() => page.getByRole("menu").count()).toBe(0);
    expect(await inspector(page).count()).toBe(1);
    await people.focus();
    await page.keyboard.press("Escape");
    await soon(() => inspector(page).count()).toBe(0);
  });

  test("the row that has the focus is seen to have it", async ({ page }) => {
    const people = await onPeople(page);
    await page.keyboard.press("ArrowDown");
    const row = page.locator(`[id="${await people.getAttribute("aria-activedescendant")}"]`);
    await soon(() =>
      row.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
      }),
    ).toBe(true);
  });
});

describe("letters", () => {
  test("are text while a field has the focus", async ({ page }) => {
    await onPeople(page);
    const field = page.getByRole("searchbox", { name: "Search this list" });
    await field.focus();
    await page.keyboard.type("fw?/");
    expect(await field.inputValue()).toBe("fw?/");
    expect(await page.getByRole("menu").count()).toBe(0);
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByText("Nobody fits these filters.").waitFor();
  });

  test("can be turned off in Settings, and stay off", async ({ page }) => {
    await visit(page, "/settings");
    const letters = page.getByRole("checkbox", { name: "Single-letter keys" });
    await letters.uncheck();
    await page.reload();
    await letters.waitFor();
    expect(await letters.isChecked()).toBe(false);
    const people = await onPeople(page);
    await page.keyboard.press("f");
    await page.keyboard.press("?");
    await page.keyboard.press("/");
    await page.keyboard.press("ArrowDown"); // named keys and chords go on
    await soon(() => activeRow(people)).toContain("Aasen, Mei-Lin");
    expect(await page.getByRole("menu").count()).toBe(0);
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
  });
});

describe("the focus", () => {
  test("comes back to what opened a dialog", async ({ page }) => {
    await visit(page, "/settings");
    const reset = page.getByRole("button", { name: "Reset demo…" });
    await reset.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await soon(() => dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    for (let presses = 0; presses < 6; presses++) await page.keyboard.press("Tab"); // it does not leave the dialog
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await page.keyboard.press("Escape");
    await soon(() => dialog.count()).toBe(0);
    await soon(() => focused(reset)).toBe(true);
  });

  test("comes back to the list after the palette", async ({ page }) => {
    const people = await onPeople(page);
    await page.keyboard.press("Control+k");
    await soon(() => focused(page.getByRole("combobox"))).toBe(true);
    await page.keyboard.press("Escape");
    await soon(() => page.getByRole("combobox").count()).toBe(0);
    await soon(() => focused(people)).toBe(true);
  });

  test("stays on a button that turns grey while its work is under way", async ({ page }) => {
    await visit(page, "/audit?panel=verify");
    const verify = page
      .getByRole("complementary", { name: "Verify the audit log" })
      .getByRole("button", { name: "Verify" });
    await verify.focus();
    await page.keyboard.press("Enter");
    await page.getByText("whole", { exact: true }).waitFor();
    expect(await focused(verify)).toBe(true);
  });

  test("goes from pane to pane with F6", async ({ page }) => {
    await onPeople(page);
    await page.keyboard.press("Space");
    await inspector(page).waitFor();
    const pane = () =>
      page.evaluate(() => document.activeElement?.closest("[data-pane]")?.getAttribute("data-pane"));
    await soon(pane).toBe("list");
    const seen: unknown[] = [];
    for (let presses = 0; presses < 4; presses++) {
      await page.keyboard.press("F6");
      seen.push(await pane());
    }
    expect(seen).toEqual(["inspector", "sidebar", "top", "list"]);
  });

  test("is ringed wherever Tab takes it", async ({ page }) => {
    await visit(page, "/identities");
    await totalOf(grid(page, "People"));
    const bare: string[] = [];
    for (let presses = 0; presses < 24; presses++) {
      await page.keyboard.press("Tab");
      const seen = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return "";
        const ringed = (one: Element) => {
          const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(one);
          return (
            (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) ||
            boxShadow !== "none" ||
            borderColor === "accent"
          );
        };
        const around = [element, element.parentElement, element.querySelector(".at")].filter(
          (each) => each !== null,
        );
        return around.some((each) => ringed(each as Element)) ? "" : element.outerHTML.slice(0, 120);
      });
      if (seen) bare.push(seen);
    }
    expect(bare).toEqual([]);
  });
});
