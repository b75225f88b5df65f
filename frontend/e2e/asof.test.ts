import { describe } from "vitest";
import { expect, soon, sound, test, visit } from "./harness";

describe("going back to the first read", () => {
  test("by the keyboard: the band, what was known then, what has changed since, and back", async ({
    page,
  }) => {
    await visit(page, "/identities?q=mlaasen");
    const people = page.getByRole("grid", { name: "People" });
    await people.getByText("Aasen, Mei-Lin").waitFor();
    // Direct and effective groups, once both reads of the tour are done.
    const row = people.getByRole("row").nth(1);
    await soon(() => row.textContent()).toContain("2 / 8");

    await page.getByRole("main").focus();
    await page.keyboard.press("t");
    const choose = page.getByRole("dialog", { name: "As of" });
    const slider = choose.getByRole("slider", { name: "Moment shown" });
    await slider.focus();
    await slider.press("ArrowLeft");
    await soon(() => page.url()).toContain("at=");
    await slider.press("ArrowLeft");
    await choose.getByText("Next observation").waitFor();
    await sound(page, "asof-control");
    await page.keyboard.press("Escape");

    const band = page.getByRole("status").filter({ hasText: "You see" });
    await soon(() => band.textContent()).toMatch(/as observed .*next observation/);
    await soon(() => row.textContent()).toContain("2 / 5");
    await sound(page, "asof-people");

    // A link keeps the moment.
    await page.getByRole("link", { name: "Groups", exact: false }).first().click();
    await page.getByRole("grid", { name: "Groups" }).waitFor();
    expect(page.url()).toContain("at=");
    await soon(() => band.count()).toBe(1);
    await band.getByRole("button", { name: "Back to now" }).click();
    await soon(() => page.url()).not.toContain("at=");
  });

  test("what keeps no history says so, and nothing is acted on", async ({ page }) => {
    await visit(page, "/?at=2020-01-01");
    await page.getByRole("status").filter({ hasText: "it shows now" }).waitFor();
    const read = page.getByRole("button", { name: "Read now" }).first();
    expect(await read.getAttribute("aria-disabled")).toBe("true");
    await read.focus();
    await page.getByText("You see the past. Go back to now to act.").waitFor();
    await sound(page, "asof-overview");

    await page.getByRole("button", { name: "Back to now" }).click();
    await soon(() => page.url()).not.toContain("at=");
    expect(await read.getAttribute("aria-disabled")).toBeNull();
  });

  test("a moment that is none is told, with the way back", async ({ page, watch }) => {
    watch.expect(/422/);
    await visit(page, "/groups?at=2999-01-01");
    const band = page.getByRole("status").filter({ hasText: "lies in the future" });
    await band.getByRole("button", { name: "Back to now" }).click();
    await page
      .getByRole("grid", { name: "Groups" })
      .getByText("Administrators", { exact: true })
      .first()
      .waitFor();
  });
});

describe("what changed", () => {
  test("on the first day since the first read; before it there was nothing, and the page says so", async ({
    page,
  }) => {
    await visit(page, "/history");
    const span = page.getByRole("radio", { name: "Since the first read" });
    await page.getByRole("button", { name: /12 people gained Administrators/ }).waitFor();
    expect(await span.getAttribute("aria-checked")).toBe("true");
    await page.getByRole("radio", { name: "Since yesterday" }).click();
    await page.getByText("Nothing had been read before").waitFor();
    await page.getByRole("button", { name: /22 people gained Administrators/ }).waitFor();
    await sound(page, "asof-first-day");
    await page.getByRole("button", { name: "Since the first read" }).click();
    await page.getByRole("button", { name: /12 people gained Administrators/ }).waitFor();
  });

  test("between the two reads, in sentences that open into people", async ({ page }) => {
    await visit(page, "/history?span=reads");
    const page1 = page.getByRole("main");
    const sentence = page1.getByRole("button", { name: /gained Administrators/ });
    await sentence.waitFor();
    await sentence.click();
    const rows = page1.getByRole("table", { name: "Who" });
    await soon(() => rows.getByRole("link", { name: "Mei-Lin Aasen" }).count()).toBeGreaterThan(0);
    await soon(() => page.url()).toContain("open=gained");
    await sound(page, "asof-difference");
    await page1.getByRole("radio", { name: "7 days" }).click();
    await page1.getByRole("heading", { name: "What changed" }).waitFor();
    await soon(() => page.url()).toContain("span=d7");
  });
});
