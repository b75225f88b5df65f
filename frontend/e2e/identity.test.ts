import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe } from "vitest";
import { expect, soon, sound, test, visit } from "./harness";

/** Pictures to look at, if somebody asks for them. */
async function picture(page: Page, name: string) {
  const folder = process.env["GATEHOUSE_PICTURES"];
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
