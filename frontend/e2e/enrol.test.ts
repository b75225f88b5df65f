import { join } from "node:path";
import { describe } from "vitest";
import { expect, grid, soon, sound, totalOf, visit } from "./harness";
import {
  activate,
  boxes,
  codeOf,
  codesOn,
  handedOver,
  heldOf,
  keyOn,
  lacking,
  part,
  say,
  scanned,
  start,
  tabTo,
  test,
  title,
  wrongCode,
} from "./onetime";

describe("a one-time code", () => {
  test.skipIf(lacking)(
    title("is enrolled from its picture, proven and verified, with the mouse"),
    async ({ page, folder, watch }) => {
      watch.expect(/prove/);
      await visit(page, "/factors");
      await page.getByText("Nobody can be verified as a caller yet").waitFor();
      await page.getByText("Enforced at sign-in, by directory").waitFor();
      await sound(page, "factors-empty");
      await page.getByRole("button", { name: "Enrol for a person…" }).click();
      await page.getByRole("combobox", { name: "For whom?" }).fill("mlaasen");
      await page.getByRole("option", { name: /Mei-Lin Aasen/ }).waitFor();
      await sound(page, "factors-person");
      await page.getByRole("option", { name: /Mei-Lin Aasen/ }).click();
      await page.getByText("Name the device first.").waitFor();
      await sound(page, "enrol-start");
      await start(page, "Fairphone, private");
      await page.getByText("not active until one code is proven").waitFor();
      await page.getByText(/this page expires in (10:00|9:\d\d)/).waitFor();
      expect(await activate(page).getAttribute("aria-disabled")).toBe("true");
      await page.getByText("Six digits to go").waitFor();

      // The picture on the screen holds the link, and the link the key that is there for typing.
      const picture = join(folder, "screen.png");
      await part(page, "Scan").getByRole("img").screenshot({ path: picture });
      const link = new URL(await scanned(picture));
      expect(link.protocol + link.host).toBe("otpauth:totp");
      const key = link.searchParams.get("secret") ?? "";
      expect(key).toMatch(/^[A-Z2-7]{32}$/);
      expect(await keyOn(page)).toBe(key);
      const codes = await codesOn(page);
      expect(new Set(codes).size).toBe(10);

      await boxes(page).first().fill(codeOf(key).slice(0, 4));
      await page.getByText("Two digits to go").waitFor();
      await handedOver(page).check();
      await sound(page, "enrol");

      // A wrong code says what to do, and empties the boxes.
      await boxes(page).first().fill(wrongCode(key));
      await activate(page).click();
      await page
        .getByRole("alert")
        .getByText(/Type the code shown now/)
        .waitFor();
      await soon(() => boxes(page).first().inputValue()).toBe("");
      await sound(page);

      // Until now the page holds them all.
      expect(await heldOf(page, [key, ...codes, "otpauth"])).toEqual([key, ...codes, "otpauth"]);
      const answers: string[] = [];
      page.on("response", (response) => {
        if (response.url().includes("/api/"))
          void response.text().then(
            (text) => answers.push(text),
            () => {},
          );
      });
      await boxes(page).first().fill(codeOf(key));
      await activate(page).click();
      await page.getByRole("heading", { name: "Fairphone, private is active" }).waitFor();
      expect(await page.locator(".head .st.ok").textContent()).toBe("active");
      await sound(page, "enrol-proven");
      expect(await heldOf(page, [key, ...codes, "otpauth"])).toEqual([]);
      expect(await page.locator(".qr").count()).toBe(0);

      await page.getByRole("link", { name: "Verify caller" }).click();
      await page.getByRole("heading", { name: "Is this Mei-Lin Aasen?" }).waitFor();
      await page.getByText("not verified", { exact: true }).waitFor();
      await sound(page, "verify");
      const next = codeOf(key, 1); // one step early is accepted
      await say(page, next);
      await page.getByText(/^Verified with Fairphone, private at \d\d:\d\d$/).waitFor();
      await page.getByText("verified", { exact: true }).waitFor();
      await sound(page, "verify-verified");
      await say(page, next);
      await page.getByText("Not verified: the code was used before").waitFor();
      await page.getByText("not verified", { exact: true }).waitFor();
      await say(page, wrongCode(key));
      await page.getByText("Not verified: the code is wrong").waitFor();
      await sound(page, "verify-refused");
      await say(page, (codes[0] ?? "").toLowerCase());
      await page.getByText(/^Verified with a recovery code at/).waitFor();
      await page.getByText(/9 recovery codes left/).waitFor();

      // Another caller: no verdict stays.
      await page.getByRole("button", { name: /Another caller/ }).click();
      await page.getByRole("combobox", { name: "Who says they are calling?" }).waitFor();
      expect(await page.getByText(/^Verified with/).count()).toBe(0);

      await visit(page, "/factors");
      await soon(() => totalOf(grid(page, "Factors"))).toBe(1);
      await page.getByText("Fairphone, private").click();
      await page.getByText("9 of 10 left").waitFor();
      await sound(page, "factors");
      await visit(page, "/audit");
      await totalOf(grid(page, "Events"));
      expect(answers.length).toBeGreaterThan(5);
      for (const text of answers) {
        expect(text.includes(key), "an answer after the enrolment").toBe(false);
        expect(codes.filter((code) => text.includes(code))).toEqual([]);
      }
      expect(await heldOf(page, [key, ...codes])).toEqual([]);
    },
  );

  test("is enrolled, proven and verified by keyboard alone", async ({ page }) => {
    const { keyboard } = page;
    const focus = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await keyboard.type("Enrol a one");
    await page.getByRole("option", { name: /Enrol a one-time code/ }).waitFor();
    await keyboard.press("Enter");
    const person = page.getByRole("combobox", { name: "For whom?" });
    await person.waitFor();
    await soon(() => person.evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.type("aarhus");
    await page.getByRole("option", { name: /Yngve Aarhus/ }).waitFor();
    await keyboard.press("Enter");
    const name = page.getByLabel("Name of this factor");
    await name.waitFor();
    await soon(() => name.evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.type("Token 7");
    await keyboard.press("Enter");
    await part(page, "Scan").waitFor();
    await soon(focus).toBe("Digit 1 of 6");
    const key = await keyOn(page);
    await keyboard.type("12");
    await keyboard.press("ArrowLeft");
    await keyboard.press("Backspace");
    await page.getByText("Five digits to go").waitFor();
    await keyboard.press("Home");
    await keyboard.press("Delete");
    await keyboard.type(codeOf(key));
    await page.getByText("Hand over the recovery codes, and say so").waitFor();
    await tabTo(page, handedOver(page));
    await keyboard.press("Space");
    await tabTo(page, activate(page));
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Token 7 is active" }).waitFor();

    await tabTo(page, page.getByRole("link", { name: "Verify caller" }));
    await keyboard.press("Enter");
    const field = page.getByLabel("What the caller reads out");
    await field.waitFor();
    await soon(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    const code = codeOf(key, 1);
    await keyboard.type(`${code.slice(0, 3)} ${code.slice(3)}`);
    await keyboard.press("Enter");
    await page.getByText(/^Verified with Token 7 at/).waitFor();
    // The field is ready for the next try.
    expect(await field.inputValue()).toBe("");
    await soon(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Who says they are calling?" }).waitFor();
  });
});
