import { describe } from "vitest";
import { expect, soon, test, totalOf, visit } from "./harness";

const figures = (text: string | null | undefined) => Number(text?.replaceAll(/[^\d]/g, ""));

describe("every number on Overview opens the rows it counts", () => {
  test("each link's list has as many", async ({ page }) => {
    const overview = page.getByRole("main");
    await overview.getByRole("heading", { name: "Riskiest findings" }).waitFor();
    await page.getByRole("navigation", { name: "Sections" }).getByText("403").waitFor();
    const shown = await page.locator("main a.n, nav a:has(.count)").evaluateAll((links) =>
      links.map((link) => ({
        says: link.getAttribute("aria-label") ?? link.textContent ?? "",
        value: (link.querySelector(".count") ?? link).textContent ?? "",
        path: (link.getAttribute("href") ?? "").replace(/^[^#]*#/, ""),
      })),
    );
    expect(shown.length).toBeGreaterThan(20);

    const wrong: string[] = [];
    for (const { says, value, path } of shown) {
      if (path.startsWith("/directories") || says.includes("memberships")) continue; // below
      await visit(page, path === "/findings" ? "/findings?view=list" : path); // riskiest first, of all of them
      const list = page.getByRole("grid");
      await list.waitFor();
      // Rows of the list before may stay until those asked for are here.
      await soon(() => totalOf(list))
        .toBe(figures(value))
        .catch(async () => wrong.push(`${says}: ${path} has ${await totalOf(list)} rows`));
    }
    expect(wrong).toEqual([]);
  });

  test("directories are as many as the sidebar says", async ({ page }) => {
    const link = page
      .getByRole("navigation", { name: "Sections" })
      .getByRole("link", { name: "Directories" });
    await soon(async () => figures(await link.textContent())).toBe(1);
    await link.click();
    await soon(() => page.getByRole("table", { name: "Directories" }).locator("tbody tr").count()).toBe(1);
  });

  test("the memberships are the sum over the groups they open", async ({ page }) => {
    const link = page.getByRole("link", { name: /memberships, by group/ });
    const memberships = figures(await link.textContent());
    await link.click();
    await page.getByRole("grid", { name: "Groups" }).waitFor();
    const sum = await page.evaluate(async () => {
      const { items } = await (await fetch("/api/v1/groups?limit=500")).json();
      return items.reduce(
        (all: number, { direct, unresolved }: Record<"direct" | "unresolved", number>) =>
          all + direct - unresolved,
        0,
      );
    });
    expect(sum).toBe(memberships);
  });

  test("a group's numbers are those of its tabs", async ({ page }) => {
    for (const name of ["vpn-users", "lab-operations", "Backup Operators"]) {
      await visit(page, `/groups?q=${encodeURIComponent(name)}`);
      await page.getByRole("link", { name, exact: true }).first().click();
      await page.getByRole("heading", { name, level: 1 }).waitFor();
      for (const tab of [
        "Effective members",
        "Direct members",
        "Unresolved",
        "Member of",
        "Groups that are members",
      ]) {
        const button = page.getByRole("tab", { name: tab });
        await button.click();
        const number = figures(await button.textContent());
        await soon(() => totalOf(page.getByRole("tabpanel").getByRole("grid")), `${tab} of ${name}`).toBe(
          number,
        );
      }
    }
  });

  test("as many findings and accounts behind each number of a change", async ({ page }) => {
    const changes = page.getByRole("table", { name: "Changes in privileged groups" });
    const link = changes.getByRole("link", { name: "12 accounts" });
    await link.click();
    expect(await totalOf(page.getByRole("grid", { name: "Effective members" }))).toBe(12);

    await visit(page, "/");
    const beside = await page.getByText(/^\d+ in \d+ groups$/).textContent();
    await page.getByRole("link", { name: "All findings" }).click();
    expect(await totalOf(page.getByRole("grid", { name: "Findings" }))).toBe(Number(beside?.split(" ")[0]));
  });
});
