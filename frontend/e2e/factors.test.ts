import { describe } from "vitest";
import { expect, grid, soon, sound, totalOf, visit } from "./harness";
import {
  activate,
  boxes,
  codeOf,
  enrolled,
  handedOver,
  heldOf,
  idOf,
  keyOn,
  part,
  problem,
  say,
  start,
  test,
  wrongCode,
} from "./onetime";

describe("a factor", () => {
  test("is replaced, its codes are made anew, and it is revoked with a reason", async ({ page }) => {
    const person = await idOf(page, "aasgaard");
    const first = await enrolled(page, person, "Old phone");
    await visit(page, `/factors?q=aasgaard`);
    await grid(page, "Factors").getByText("Old phone").click();
    const inspector = page.locator("aside.insp");
    await inspector.getByRole("button", { name: "Replace…" }).click();
    await page.getByText("Replace Old phone").waitFor();
    expect(await page.getByRole("radio", { name: /Replace Old phone/ }).isChecked()).toBe(true);
    await sound(page, "enrol-replace");
    await start(page, "New phone");
    await part(page, "Factors of Bjarne Aasgaard").getByText("ends when this one is proven").waitFor();
    await part(page, "Factors of Bjarne Aasgaard").getByText("10 left, replaced by these").waitFor();
    const key = await keyOn(page);
    await handedOver(page).check();
    await boxes(page).first().fill(codeOf(key));
    await activate(page).click();
    await page.getByRole("heading", { name: "New phone is active" }).waitFor();
    await page.getByText("Old phone", { exact: true }).waitFor();

    await visit(page, `/factors/verify/${person}`);
    await say(page, codeOf(first.key, 1));
    await page.getByText("Not verified: the code is wrong").waitFor();

    await visit(page, "/factors?state=active&q=aasgaard");
    await soon(() => totalOf(grid(page, "Factors"))).toBe(1);
    await grid(page, "Factors").getByText("New phone").click();
    await inspector.getByRole("button", { name: "New recovery codes…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/10 codes left of the old set end at once/).waitFor();
    await sound(page);
    await dialog.getByLabel("Reason").fill("Paper was lost");
    await dialog.getByRole("button", { name: "Make new codes" }).click();
    const shown = page.getByRole("dialog", { name: "Recovery codes of Bjarne Aasgaard" });
    await soon(() => shown.locator("li").count()).toBe(10);
    await sound(page, "new-codes");
    const fresh = await shown.locator("li").allTextContents();
    await shown.getByRole("checkbox").check();
    await shown.getByRole("button", { name: "Close" }).click();
    await soon(() => page.getByRole("dialog").count()).toBe(0);
    expect(await heldOf(page, fresh)).toEqual([]);

    await inspector.getByRole("button", { name: "Revoke…" }).click();
    const revoke = page.getByRole("dialog", { name: "Revoke New phone?" });
    await revoke.getByText(/nobody can verify Bjarne Aasgaard as a caller/).waitFor();
    await revoke.getByText(/10 recovery codes end with it/).waitFor();
    await sound(page, "revoke");
    await revoke.getByLabel("Reason").fill("Phone was lost");
    await revoke.getByRole("button", { name: "Revoke factor" }).click();
    await soon(() => page.getByRole("dialog").count()).toBe(0);
    await visit(page, `/factors/verify/${person}`);
    await page.getByText(/Bjarne Aasgaard has no factor/).waitFor();
    await sound(page, "verify-none");
    await page.getByRole("link", { name: "Enrol a one-time code…" }).click();
    await page.getByLabel("Name of this factor").waitFor();
  });
});

describe("a caller", () => {
  test("who guesses is paused, with a countdown, whoever asks", async ({ page }) => {
    const id = await idOf(page, "mlaasen");
    const { key } = await enrolled(page, id, "Second phone");
    await visit(page, `/factors/verify/${id}`);
    for (let left = 4; left > 0; left--) {
      await say(page, wrongCode(key));
      await page.getByText(`${left} ${left === 1 ? "attempt" : "attempts"} left for this person`).waitFor();
    }
    await say(page, wrongCode(key));
    await page.getByText(/^Paused for (1:00|0:\d\d)$/).waitFor();
    await sound(page, "verify-paused");
    const verify = page.getByRole("button", { name: "Verify", exact: true });
    await page.getByLabel("What the caller reads out").fill(codeOf(key, 1));
    expect(await verify.getAttribute("aria-disabled")).toBe("true");
  });

  test("is asked for from the person's page; a person without a factor cannot be verified", async ({
    page,
  }) => {
    await visit(page, "/identities?q=mlaasen");
    await page.getByRole("link", { name: "Aasen, Mei-Lin" }).click();
    await page.getByRole("link", { name: "Verify caller…" }).click();
    await page.getByRole("heading", { name: "Is this Mei-Lin Aasen?" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Enrol a one-time code…" }).click();
    await page.getByLabel("Name of this factor").waitFor();
  });
});

describe("what an operator may not", () => {
  test("is absent, and the page names the permission", async ({ page }) => {
    await page.route("**/api/v1/session", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), permissions: ["directory.read"] },
      });
    });
    await visit(page, "/factors");
    await page.reload();
    await grid(page, "Factors").waitFor();
    expect(
      await page
        .getByRole("main")
        .getByText(/Enrol for|Verify a caller/)
        .count(),
    ).toBe(0);
    await visit(page, "/factors/enrol");
    await page.getByText("needs the permission factor.manage").waitFor();
    await sound(page);
    await visit(page, "/factors/verify/1");
    await page.getByText("needs the permission factor.verify").waitFor();
  });

  test("fails in its place, with a way to try again", async ({ page, watch }) => {
    watch.expect(/503/);
    await visit(page, "/no/such/place");
    await page.route("**/api/v1/factors**", (route) => route.fulfill(problem));
    await page.reload();
    await visit(page, "/factors");
    await soon(() => page.getByRole("alert").count()).toBe(2);
    await sound(page);
    await page.unroute("**/api/v1/factors**");
    for (const alert of ["Factors could not be read.", "What the directories enforce could not be counted."])
      await page
        .getByRole("alert")
        .filter({ hasText: alert })
        .getByRole("button", { name: "Try again" })
        .click();
    await soon(() => page.getByRole("alert").count()).toBe(0);
  });
});
