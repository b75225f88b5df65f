import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe } from "vitest";
import { expect, grid, openContext, signIn, soon, sound, test, totalOf, visit } from "./harness";

const items = (page: Page) => grid(page, "Items");
const inspector = (page: Page) => page.locator("aside.insp");
const foot = (page: Page) => page.locator(".wfoot");
const bulk = (page: Page) => page.getByRole("region", { name: "Selected items" });
const dock = (page: Page) => page.locator(".decide");
const chip = (page: Page, name: string) => page.locator(".chips").getByRole("button", { name });
const tab = (page: Page, name: RegExp) => page.getByRole("tab", { name });
const act = (page: Page, name: string) => dock(page).getByRole("button", { name: new RegExp(`^${name}`) });

/** The row of a person in a group. */
const rowOf = (page: Page, name: string, group = "Administrators") =>
  items(page)
    .getByRole("row")
    .filter({ has: page.getByRole("checkbox", { name: `Select ${name} in ${group}`, exact: true }) });

/** Types part of a name into a field that finds records, and takes the first that is found. */
async function pick(page: Page, field: Locator, text: string): Promise<void> {
  await field.click();
  await field.fill(text);
  const option = page.getByRole("option", { name: new RegExp(text, "i") }).first();
  await option.click();
}

/** Freezes a review of the privileged groups by the wizard, reviewed by one named person. */
async function freeze(page: Page, name: string, pictures = false): Promise<void> {
  const picture = async (step: string) => pictures && (await sound(page, `review-new-${step}`));
  await visit(page, "/reviews/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByText(/\d+ items in \d+ groups/).waitFor();
  if (pictures) {
    await page.getByRole("button", { name: "Unresolved members" }).click();
    expect(await foot(page).textContent()).toContain("Say why unresolved members are left out");
    await page.getByText("1 left out").waitFor();
    await page.getByLabel(/^Unresolved members/).fill("Removed by the clean-up of 2 March.");
  }
  await picture("what");
  await foot(page).getByRole("button", { name: "Continue" }).click();
  await page.getByRole("radio", { name: /Named people/ }).check();
  await pick(page, page.getByRole("combobox", { name: "Reviewers" }), "Solheim");
  await page.getByLabel("Due").click();
  await picture("who");
  await foot(page).getByRole("button", { name: "Continue" }).click();
  await page.getByRole("table", { name: "Reviewers" }).waitFor();
  await page.getByText("assigned to nobody").waitFor();
  await picture("check");
  await foot(page)
    .getByRole("button", { name: /^Freeze [\d,]+ items$/ })
    .click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await totalOf(items(page));
}

/** Chooses in whose name decisions are recorded; the list then shows what is theirs. */
async function decideAs(page: Page, name: string): Promise<void> {
  await pick(page, page.getByRole("combobox", { name: "Deciding as" }), name);
  await chip(page, "Reviewer").filter({ hasText: name }).waitFor();
}

describe("a review from the wizard to its evidence", () => {
  test("by mouse", async ({ page, demo }) => {
    await visit(page, "/reviews");
    await page.getByText("No access has been reviewed yet.").waitFor();
    await sound(page, "reviews-empty");
    await freeze(page, "Privileged groups, Q1 2026", true);
    const all = 53; // 54 memberships less the one that is unresolved
    await page.getByText(`0 of ${all} decided`).waitFor();

    // The context of one item, and what a revoke would take away.
    await rowOf(page, "Mei-Lin Aasen").click({ position: { x: 300, y: 16 } });
    await inspector(page).getByRole("heading", { name: "Mei-Lin Aasen in Administrators" }).waitFor();
    await inspector(page)
      .getByText(/To carry out a revoke, remove lab-operations from infra-operators\. \d+ others lose/)
      .waitFor();
    expect(
      await dock(page)
        .getByRole("button", { name: /^Record/ })
        .getAttribute("aria-disabled"),
    ).toBe("true");
    await decideAs(page, "Ragna Solheim");

    // Three at once with one reason.
    for (const name of ["Mei-Lin Aasen", "Bao Trần", "Nils-Erik Sara"])
      await page.getByRole("checkbox", { name: `Select ${name} in Administrators` }).check();
    await bulk(page).getByText("3 selected").waitFor();
    await bulk(page).getByText("… › lab-operations › infra-operators").waitFor();
    await bulk(page)
      .getByRole("button", { name: /^Revoke/ })
      .click();
    await dock(page)
      .getByLabel(/^Reason/)
      .fill("Nested by mistake; nobody in the laboratory administers the directory.");
    await sound(page, "review-selected");
    await page.setViewportSize({ width: 1280, height: 800 });
    await sound(page, "review-selected-1280");
    await page.setViewportSize({ width: 1440, height: 900 });
    await dock(page).getByRole("button", { name: "Record 3" }).click();
    await page.getByText(`3 of ${all} decided`).waitFor();
    await soon(() => bulk(page).count()).toBe(0);
    await soon(() => rowOf(page, "Bao Trần").textContent()).toContain("revoke");
    await inspector(page).getByRole("heading", { name: "History" }).waitFor();
    await inspector(page)
      .getByText(/revoke by Ragna Solheim/)
      .waitFor();

    // One by one: an exception needs its end, a change of mind is appended.
    await rowOf(page, "Hodan Abdullahi").click({ position: { x: 300, y: 16 } });
    await act(page, "Exception").click();
    await dock(page)
      .getByLabel(/^Reason/)
      .fill("On call until the new shift plan.");
    expect(await dock(page).textContent()).toContain("Say until when the exception lasts.");
    await dock(page).getByLabel("Kept until").fill("2031-06-30");
    await dock(page)
      .getByRole("button", { name: /^Record/ })
      .click();
    await soon(() => rowOf(page, "Hodan Abdullahi").textContent()).toContain("until 30 Jun 2031");
    await act(page, "Keep").click();
    await dock(page)
      .getByRole("button", { name: /^Record/ })
      .click();
    await soon(() => rowOf(page, "Hodan Abdullahi").textContent()).toMatch(/keep$/);
    await inspector(page)
      .getByText(/until 30 Jun 2031 by Ragna Solheim/)
      .waitFor();

    // The rest is kept, all at once, by the number that says what is left.
    await page
      .getByRole("region", { name: "Progress" })
      .getByRole("link", { name: /undecided/ })
      .click();
    await chip(page, "Decision").filter({ hasText: "undecided" }).waitFor();
    await soon(() => totalOf(items(page))).toBeGreaterThan(40);
    await page.getByRole("checkbox", { name: "Select all of this list" }).click();
    await bulk(page)
      .getByText(`${all - 4} selected`)
      .waitFor();
    await bulk(page).getByRole("button", { name: /^Keep/ }).click();
    // Nobody reviews an account of their own: those are told, and stay.
    await page.getByText(/items recorded, 2 not/).waitFor();
    await sound(page, "review-not-recorded");
    await bulk(page).getByRole("button", { name: "Assign…" }).click();
    const dialog = page.getByRole("dialog");
    await pick(page, dialog.getByRole("combobox", { name: "To" }), "Yngve Aarhus");
    await dialog.getByLabel("Reason").fill("Her own accounts.");
    await sound(page, "review-assign");
    await dialog.getByRole("button", { name: "Assign" }).click();
    await dialog.getByText("2 items assigned to Yngve Aarhus").waitFor();
    await dialog.getByRole("button", { name: "Back to the campaign" }).click();
    await soon(() => dialog.count()).toBe(0);
    await decideAs(page, "Yngve Aarhus");
    await page.getByRole("checkbox", { name: "Select all of this list" }).click();
    await bulk(page).getByText("2 selected").waitFor();
    await bulk(page).getByRole("button", { name: /^Keep/ }).click();
    await page.getByText(`${all} of ${all} decided`).waitFor();

    await tab(page, /^By reviewer/).click();
    await page.getByRole("table", { name: "By reviewer" }).getByText("Yngve Aarhus").waitFor();
    await sound(page, "review-reviewers");
    await tab(page, /^Removals/).click();
    expect(await totalOf(grid(page, "Removals"))).toBe(3);
    await grid(page, "Removals").getByText("not read since").first().waitFor();
    await sound(page, "review-removals");
    await tab(page, /^After the freeze/).click();
    await sound(page, "review-after");
    await tab(page, /^Evidence/).click();
    await soon(() => page.getByText("adds up", { exact: true }).count()).toBe(3);
    await page.getByText("Complete: nothing is deferred").waitFor();
    await sound(page, "review-evidence");

    await page.getByRole("button", { name: "Close campaign…" }).click();
    await pick(page, dialog.getByRole("combobox", { name: "Signed by" }), "Ragna Solheim");
    await sound(page, "review-close");
    await dialog.getByRole("button", { name: "Close campaign" }).click();
    await page.getByText(/signed by/).waitFor();
    await sound(page, "review-closed");
    expect(await page.getByRole("button", { name: "Close campaign…" }).count()).toBe(0);

    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Evidence workbook" }).click();
    const path = join(demo.folder, "evidence.xlsx");
    await (await download).saveAs(path);
    expect((await readFile(path)).subarray(0, 2).toString()).toBe("PK");

    // Closed is closed: the items can be read, nothing can be decided.
    await tab(page, /^Items/).click();
    await soon(() => totalOf(items(page))).toBeGreaterThan(all);
    expect(await items(page).getByRole("checkbox").count()).toBe(0);
    await items(page)
      .getByRole("row")
      .filter({ has: page.getByRole("link", { name: "Mei-Lin Aasen", exact: true }) })
      .first()
      .click({ position: { x: 300, y: 16 } });
    await inspector(page).getByText("No decision can be changed.").waitFor();
    expect(await dock(page).count()).toBe(0);
    await sound(page, "review-closed-items");
  });

  test("by keyboard alone", async ({ page }) => {
    const { keyboard } = page;
    const has = (what: string) =>
      page.evaluate((text) => {
        const element = document.activeElement;
        const name = element?.getAttribute("aria-label") ?? element?.textContent ?? "";
        return new RegExp(text).test(name);
      }, what);
    const tabTo = async (what: string) => {
      for (let steps = 0; steps < 80; steps++) {
        if (await has(what)) return;
        await keyboard.press("Tab");
      }
      throw new Error(`Tab never reached ${what}.`);
    };
    const take = async (text: string) => {
      await keyboard.type(text);
      await page
        .getByRole("option", { name: new RegExp(text) })
        .first()
        .waitFor();
      await keyboard.press("ArrowDown");
      await keyboard.press("Enter");
    };

    await keyboard.press("Control+k");
    await keyboard.type("New campaign");
    const command = page.getByRole("option", { name: /^New campaign/ });
    await command.waitFor();
    for (let steps = 0; (await command.getAttribute("aria-selected")) !== "true" && steps < 20; steps++)
      await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "New campaign" }).waitFor();
    await soon(() =>
      page.getByLabel("Name", { exact: true }).evaluate((field) => field === document.activeElement),
    ).toBe(true);
    await keyboard.type("By keyboard");
    await page.getByText(/\d+ items in \d+ groups/).waitFor();
    await keyboard.press("Enter");
    await page.getByRole("radio", { name: /Managers/ }).waitFor();
    await keyboard.press("ArrowDown");
    await keyboard.press("ArrowDown");
    await keyboard.press("Tab");
    await take("Ragna Solheim");
    await keyboard.press("Escape");
    await keyboard.press("Enter");
    await page.getByRole("table", { name: "Reviewers" }).waitFor();
    await page.getByRole("button", { name: /^Freeze \d/ }).waitFor();
    await tabTo("^Freeze");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "By keyboard", level: 1 }).waitFor();

    const list = items(page);
    await totalOf(list);
    await tabTo("^Deciding as$");
    await keyboard.press("Tab");
    await take("Ragna Solheim");
    await chip(page, "Reviewer").filter({ hasText: "Ragna Solheim" }).waitFor();
    await keyboard.press("Escape");
    for (let steps = 0; steps < 6 && !(await has("^Items$")); steps++) await keyboard.press("F6");
    expect(await has("^Items$")).toBe(true);

    // The first row is the head of a group; the next undecided is found by its letter.
    await keyboard.press("n");
    await inspector(page)
      .getByRole("heading", { name: /^Adaeze Okonkwo/ })
      .waitFor();
    await keyboard.press("k");
    await page.getByText("1 of 54 decided").waitFor();
    await keyboard.press("Control+z");
    await page.getByText("0 of 54 decided").waitFor();
    await inspector(page).getByText("withdrawn", { exact: true }).waitFor();
    await keyboard.press("k");
    await page.getByText("1 of 54 decided").waitFor();
    await keyboard.press("n");
    await inspector(page)
      .getByRole("heading", { name: /^Anaïs Lefèvre/ })
      .waitFor();
    await keyboard.press("r");
    await soon(() =>
      dock(page)
        .getByLabel(/^Reason/)
        .evaluate((field) => field === document.activeElement),
    ).toBe(true);
    await keyboard.type("Not her work: keys like k and r are text here.");
    await keyboard.press("Control+Enter");
    await page.getByText("2 of 54 decided").waitFor();
    expect(await has("^Items$")).toBe(true);

    // Space selects, Shift extends; one reason for all of them.
    await keyboard.press("ArrowDown");
    await keyboard.press("Space");
    await keyboard.press("Shift+ArrowDown");
    await keyboard.press("Shift+ArrowDown");
    await bulk(page).getByText("3 selected").waitFor();
    await keyboard.press("d");
    await keyboard.type("Their manager is away until Monday.");
    await keyboard.press("Escape"); // back to the list, nothing lost
    expect(await has("^Items$")).toBe(true);
    await keyboard.press("m");
    await keyboard.press("Control+Enter");
    await page.getByText("5 of 54 decided").waitFor();
    await soon(() => bulk(page).count()).toBe(0);

    // Why, and back.
    await keyboard.press("w");
    await page.getByRole("heading", { level: 2, name: /^Why Administrators/ }).waitFor();
    await page.goBack(); // Alt+Left belongs to the browser, which takes no such key from a test
    await page.getByText("5 of 54 decided").waitFor();
    await totalOf(list);
    for (let steps = 0; steps < 6 && !(await has("^Items$")); steps++) await keyboard.press("F6");
    await keyboard.press("Control+a");
    await bulk(page).getByText("52 selected").waitFor();
    await keyboard.press("Escape");
    await soon(() => bulk(page).count()).toBe(0);
    await keyboard.press("Escape");
    await soon(() => inspector(page).count()).toBe(0);

    // Closing it incomplete needs a reason.
    for (let steps = 0; steps < 60 && !(await has("^Close campaign…$")); steps++)
      await keyboard.press("Shift+Tab");
    await keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Close this campaign?" });
    await dialog.waitFor();
    await dialog.getByText(/Not complete: 49 undecided/).waitFor();
    await soon(() => dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    for (let steps = 0; steps < 12; steps++) {
      const why = dialog.getByLabel("Why it is closed incomplete");
      if (await why.evaluate((field) => field === document.activeElement)) break;
      await keyboard.press("Tab");
    }
    await keyboard.type("A rehearsal.");
    await tabTo("^Close campaign$");
    await keyboard.press("Enter");
    await page.getByText(/, signed by/).waitFor();
    await page.getByText("A rehearsal.").waitFor();
  });
});

describe("two reviewers at one item", () => {
  test("one wins, both are told, and no reason is lost", async ({ page, browser, demo, watch }) => {
    watch.expect(/status of 409/);
    await freeze(page, "A race");
    await decideAs(page, "Ragna Solheim");
    const other = await openContext(browser, watch);
    try {
      const second = await other.newPage();
      await signIn(demo, second);
      await visit(second, page.url().split("#")[1]?.split("?")[0] ?? "");
      await totalOf(items(second));
      // He has no item of his own here, so all of them stay in sight.
      await pick(second, second.getByRole("combobox", { name: "Deciding as" }), "Yngve Aarhus");
      for (const each of [page, second])
        await rowOf(each, "Kari Dahl").click({ position: { x: 300, y: 16 } });

      // The second is still writing when the first records.
      await act(second, "Revoke").click();
      await dock(second)
        .getByLabel(/^Reason/)
        .fill("She left the team in January.");
      await act(page, "Keep").click();
      await dock(page)
        .getByLabel(/^Reason/)
        .fill("She is on call.");
      await dock(page)
        .getByRole("button", { name: /^Record/ })
        .click();
      await page.getByText("1 of 54 decided").waitFor();
      await dock(second).getByText("Decided meanwhile: keep.").waitFor();

      await dock(second)
        .getByRole("button", { name: /^Record/ })
        .click();
      const alert = dock(second).getByRole("alert");
      await alert.getByText("Not recorded.").waitFor();
      await soon(() => alert.textContent()).toMatch(/Ragna Solheim/);
      await soon(() => alert.textContent()).toMatch(/Your reason is still here/);
      expect(
        await dock(second)
          .getByLabel(/^Reason/)
          .inputValue(),
      ).toBe("She left the team in January.");
      await soon(() => rowOf(second, "Kari Dahl").textContent()).toMatch(/keep$/);
      await sound(second, "review-race");

      // The winner sees the attempt.
      await inspector(page).getByText("not recorded:").waitFor();
      await soon(() => inspector(page).textContent()).toMatch(/not recorded: revoke by Yngve Aarhus/);

      // Knowing that, the second may still decide: it is appended.
      await dock(second)
        .getByRole("button", { name: /^Record/ })
        .click();
      await soon(() => rowOf(second, "Kari Dahl").textContent()).toMatch(/revoke$/);
      await soon(() => rowOf(page, "Kari Dahl").textContent()).toMatch(/revoke$/);
    } finally {
      await other.close();
    }
  });
});
