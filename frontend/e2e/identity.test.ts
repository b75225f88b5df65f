import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe } from "vitest";
import { expect, grid, soon, sound, test, visit } from "./harness";

/** Pictures to look at, if somebody asks for them. */
async function picture(page: Page, name: string) {
  const folder = process.env.GATEHOUSE_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

describe("one person, many accounts", () => {
  test("is merged, found under the old id, and parted again", async ({ page }) => {
    const people = await page.evaluate(async () => {
      const answer = await fetch("/api/v1/identities?limit=2");
      return ((await answer.json()) as { items: { id: string; name: string; login: string }[] }).items;
    });
    const [from, into] = people;
    if (!from || !into) throw new Error("the demo company has no two people");
    await visit(page, `/identities/${from.id}?tab=accounts`);
    await page.getByRole("button", { name: "Merge…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog
      .getByRole("textbox", { name: "Person that stays" })
      .or(dialog.getByRole("combobox"))
      .first()
      .fill(into.login);
    await page
      .getByRole("option", { name: new RegExp(into.login) })
      .first()
      .click();
    await dialog.getByText("leads there from now on").waitFor();
    await dialog.getByRole("textbox", { name: "Reason" }).fill("Known to be one person.");
    await picture(page, "merge");
    await dialog.getByRole("button", { name: "Merge", exact: true }).click();
    await soon(() => page.url()).toContain(`/identities/${into.id}`);
    await page.getByText("Merged with").waitFor();
    await picture(page, "links");
    await sound(page, "identity-links");

    await visit(page, `/identities/${from.id}?tab=accounts`);
    await page.getByText(`id ${from.id} was merged into this one`).waitFor();
    await page.getByRole("button", { name: "Undo merge…" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Reason" }).fill("They are two.");
    await page.getByRole("dialog").getByRole("button", { name: "Undo merge", exact: true }).click();
    await soon(() => page.getByText("Merged with").count()).toBe(0);
    await soon(() => page.getByText("was merged into this one").count()).toBe(0);
  });

  test("has no case in a company with one directory", async ({ page }) => {
    await visit(page, "/identities/cases");
    await page.getByText("Nothing waits for a decision").waitFor();
    await sound(page, "cases");
  });

  test("rules are tried before they are saved", async ({ page }) => {
    const source = await page.evaluate(async () => {
      const answer = await fetch("/api/v1/sources");
      return ((await answer.json()) as { id: string }[])[0]?.id ?? "";
    });
    await visit(page, `/directories/${source}/matching`);
    await page.getByRole("table", { name: "Rules" }).waitFor();
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("would be linked").first().waitFor();
    await picture(page, "matching");
    await sound(page, "matching");
  });

  test("a rule is added, tried, saved, and is there after a reload", async ({ page }) => {
    const source = await page.evaluate(async () => {
      const answer = await fetch("/api/v1/sources");
      return ((await answer.json()) as { id: string }[])[0]?.id ?? "";
    });
    await visit(page, `/directories/${source}/matching`);
    await page.getByRole("button", { name: "Add a rule…" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a rule" });
    await dialog.getByLabel("Name", { exact: true }).fill("Mail and similar name");
    await dialog.getByLabel("mail equal").check();
    await dialog.getByRole("radio", { name: "Link" }).click();
    const add = dialog.getByRole("button", { name: "Add", exact: true });
    expect(await add.getAttribute("aria-disabled")).toBe("true"); // one sign alone links nobody
    await dialog.getByLabel("name similar", { exact: true }).check();
    await dialog.getByRole("button", { name: "See what it matches" }).click();
    await dialog.getByText("By this rule alone: Of 427 accounts of people").waitFor();
    await sound(page, "matching-rule");
    await add.click();

    const rules = page.getByRole("table", { name: "Rules" });
    const last = rules.locator("tbody tr").last();
    await soon(() => last.textContent()).toContain("mail equal and name similar");
    const up = page.getByRole("button", { name: "Up: Mail and similar name" });
    await up.click();
    await up.click();
    await page.getByRole("button", { name: "Remove Login alone" }).click();
    const save = page.getByRole("button", { name: "Save and apply" });
    expect(await save.getAttribute("aria-disabled")).toBe("true");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByText("would be linked").first().waitFor();
    await save.click();
    await page.getByRole("button", { name: "Discard" }).waitFor({ state: "detached" });
    await page.reload();
    await soon(() => last.textContent()).toContain("Name alone");
    await rules.getByText("Mail and similar name").waitFor();
    expect(await rules.getByText("Login alone").count()).toBe(0);
  });

  test("two people are selected in the list and merged", async ({ page }) => {
    await visit(page, "/identities");
    const people = grid(page, "People");
    const first = people.getByRole("checkbox").first();
    await first.check();
    const bulk = page.getByRole("region", { name: "Selected people" });
    const merge = bulk.getByRole("button", { name: "Merge…" });
    expect(await merge.getAttribute("aria-disabled")).toBe("true");
    // The open row by its key; what is picked stays while the list is sorted.
    await people.getByText("Abdullahi, Hodan").locator("xpath=ancestor::*[@role='row']").click();
    await page.locator("aside.insp").waitFor();
    await page.keyboard.press("x");
    await bulk.getByText("2 selected").waitFor();
    await sound(page, "identities-selected");
    await merge.click();
    const dialog = page.getByRole("dialog", { name: "Merge Yngve Aarhus and Hodan Abdullahi?" });
    await dialog.getByText("Their employee numbers differ").waitFor();
    await dialog.getByRole("radio", { name: /Yngve Aarhus/ }).check();
    await dialog.getByText("move to Yngve Aarhus").waitFor();
    await sound(page, "merge-selected");
    await dialog.getByRole("textbox", { name: "Reason" }).fill("Known to be one person.");
    await dialog.getByRole("button", { name: "Merge", exact: true }).click();
    await page.getByRole("heading", { name: "Yngve Aarhus" }).waitFor();
    await page.getByText("Merged with").waitFor();
  });

  test("a service account gets an owner and a purpose", async ({ page }) => {
    await visit(page, "/identities/owners?missing=owner");
    const first = page.getByRole("button", { name: /the owner of / }).first();
    const name = (await first.getAttribute("aria-label")) ?? "";
    await first.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Purpose" }).fill("Nightly backups");
    await picture(page, "owner");
    await dialog.getByRole("button", { name: "Save" }).click();
    await soon(() => page.getByText("Nightly backups").count()).toBe(1);
    await picture(page, "owners");
    await sound(page, "owners");
    expect(name).toContain("the owner of");
  });
});
