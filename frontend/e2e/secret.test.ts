import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { expect, grid, soon, sound, visit } from "./harness";
import {
  codesOn,
  heldOf,
  idOf,
  keyOn,
  lacking,
  part,
  problem,
  run,
  scanned,
  start,
  test,
  title,
} from "./onetime";

describe("the secret of a one-time code", () => {
  test.skipIf(lacking)(
    title("is scanned from its printed slip, alone on its A6, black on white from a dark page too"),
    async ({ page, folder }) => {
      await visit(page, `/factors/enrol/${await idOf(page, "mlaasen")}`);
      await start(page, "Tablet");
      const key = await keyOn(page);
      await page.evaluate(() => {
        const seen = window as unknown as { printed: number };
        seen.printed = 0;
        window.print = () => void seen.printed++;
      });
      const noted = page.waitForRequest(/\/factors\/\d+\/handed$/);
      await part(page, "Slip").getByRole("button", { name: "Print" }).click();
      expect((await noted).postDataJSON()).toMatchObject({ how: "slipPrinted" });
      await soon(() => page.evaluate(() => (window as unknown as { printed: number }).printed)).toBe(1);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ media: "print", colorScheme });
        const pdf = join(folder, `slip-${colorScheme}.pdf`);
        await page.pdf({ path: pdf, preferCSSPageSize: true });
        const { stdout } = await run("pdfinfo", [pdf]);
        expect(stdout).toMatch(/Pages:\s+1\n/);
        const [, width, height] = /Page size:\s+([\d.]+) x ([\d.]+) pts/.exec(stdout) ?? [];
        expect([(Number(width) / 72) * 25.4, (Number(height) / 72) * 25.4].map(Math.round)).toEqual([
          105, 148,
        ]);
        const picture = join(folder, `slip-${colorScheme}`);
        await run("pdftoppm", ["-r", "300", "-png", "-singlefile", pdf, picture]);
        expect(await scanned(`${picture}.png`)).toContain(`secret=${key}`);
        const shots = process.env.GATEHOUSE_SCREENSHOTS;
        if (shots && existsSync(shots))
          await copyFile(`${picture}.png`, join(shots, `slip-${colorScheme}.png`));
        const { stdout: text } = await run("pdftotext", ["-layout", pdf, "-"]);
        expect(text).toContain("One-time code");
        expect(text).toContain("Mei-Lin Aasen");
        expect(text).not.toMatch(/Overview|Prove and activate/);
      }
      await page.emulateMedia({ media: "screen", colorScheme: "light" });
      await page.getByRole("button", { name: /^Cancel/ }).click();
      await grid(page, "Factors").waitFor();
      // Another page prints as before.
      expect(await page.evaluate(() => document.querySelector(".slip-print"))).toBeNull();
    },
  );

  test("is not shown again after a reload; every way out of the page is noted", async ({ page }) => {
    await visit(page, `/factors/enrol/${await idOf(page, "mlaasen")}`);
    await start(page, "Work phone");
    const key = await keyOn(page);
    const how: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/handed")) how.push(request.postDataJSON().how);
    });
    await page.getByRole("button", { name: "Copy key" }).click();
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await page.getByRole("button", { name: "Copy codes" }).click();
    const codes = await codesOn(page);
    await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain(codes[9]);
    const file = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect((await file).suggestedFilename()).toBe("recovery-codes.txt");
    await soon(() => how.sort()).toEqual(["codesCopied", "codesSaved", "keyCopied"]);

    expect(await heldOf(page, [key])).toEqual([key]);
    await page.reload();
    await page.getByText(/Its key cannot be shown again, so start again/).waitFor();
    await sound(page, "enrol-again");
    expect(await heldOf(page, [key, ...codes])).toEqual([]);
    // Nor by going back to it.
    await visit(page, "/factors");
    await page.goBack();
    await page.getByLabel("Name of this factor").waitFor();
    expect(await heldOf(page, [key, ...codes])).toEqual([]);
  });

  test("leaves the page when the enrolment lapses", async ({ page }) => {
    const id = await idOf(page, "mlaasen");
    await page.clock.install();
    await visit(page, `/factors/enrol/${id}`);
    await start(page, "Slow phone");
    const key = await keyOn(page);
    expect(await heldOf(page, [key])).toEqual([key]);
    await page.clock.fastForward("10:01");
    await page.getByText("The enrolment lapsed before a code was proven.").waitFor();
    expect(await part(page, "Scan").count()).toBe(0);
    expect(await heldOf(page, [key])).toEqual([]);
  });

  test("is not printed where that cannot be written to the audit log", async ({ page, watch }) => {
    watch.expect(/503/);
    await visit(page, `/factors/enrol/${await idOf(page, "mlaasen")}`);
    await start(page, "Unlogged");
    await page.route("**/handed", (route) => route.fulfill(problem));
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute("data-printed", "");
    });
    await part(page, "Slip").getByRole("button", { name: "Print" }).click();
    await part(page, "Slip").getByText("Not done: it could not be written to the audit log.").waitFor();
    expect(await page.locator("[data-printed]").count()).toBe(0);
    await page.getByRole("button", { name: "Copy key" }).click();
    await part(page, "Scan").getByText("Copied, but not written to the audit log.").waitFor();
    await sound(page);
  });
});
