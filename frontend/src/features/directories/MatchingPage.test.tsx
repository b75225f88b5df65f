import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { serveBy, showPage } from "../../testing/page";
import { MatchingPage } from "./MatchingPage";
import type { Rule } from "./matchingWords";
import type { Rules } from "./queries";

vi.setConfig({ testTimeout: 60_000 });

const rule = (name: string, on: Rule["on"], effect: Rule["effect"] = "ask"): Rule => ({
  name,
  on,
  effect,
  confidence: 60,
});
const before: Rules = {
  authoritative: false,
  rules: [rule("Mail and surname", ["mail", "surname"], "link"), rule("Number alone", ["employeeNumber"])],
  mailAliases: [],
  loginPatterns: [],
};
const counts = { accounts: 427, matched: 12, already: 4, ambiguous: 3, none: 412, decided: 1, samples: [] };

async function show(permissions = ["directory.read", "source.manage"]) {
  let kept = before;
  const asked = serveBy(({ method, path, body }) => {
    if (path === "/session") return { permissions, actor: "local:root", name: "root" };
    if (path.endsWith("/preview")) return counts;
    if (method === "PUT") {
      kept = body as Rules;
      return kept;
    }
    if (path.endsWith("/correlation")) return { ...kept, records: [], lessons: [], cases: 2, orphans: 5 };
    return { id: "7", name: "corp" };
  });
  const { user } = showPage(MatchingPage, "/directories/$id/matching", "/directories/7/matching");
  await screen.findByRole("table", { name: "Rules" }, { timeout: 5_000 });
  const press = async (name: string | RegExp) => user.click(await screen.findByRole("button", { name }));
  const saved = () => asked.filter(({ method }) => method === "PUT").map(({ body }) => body);
  const names = () =>
    within(screen.getByRole("table", { name: "Rules" }))
      .getAllByRole("row")
      .slice(1)
      .map((row) => row.querySelectorAll("td")[1]?.textContent);
  return { user, press, saved, asked, names };
}

const save = () => screen.getByRole("button", { name: "Save and apply" });

describe("the rules of a directory", () => {
  it("are saved after a preview of what they would do, and not before", async () => {
    const { press, saved, asked, names } = await show();
    expect(save().getAttribute("aria-disabled")).toBe("true");
    await press("Up: Number alone");
    expect(names()).toEqual(["Number alone", "Mail and surname"]);
    await press("Save and apply");
    expect(saved()).toEqual([]);
    await press("Preview");
    await screen.findByText(/12 would be linked/);
    const after = { ...before, rules: before.rules.toReversed() };
    expect(asked.at(-1)).toMatchObject({
      method: "POST",
      path: "/sources/7/correlation/preview",
      body: after,
    });
    await press("Save and apply");
    await waitFor(() => expect(saved()).toEqual([after]));
    await waitFor(() => expect(save().getAttribute("aria-disabled")).toBe("true"));
    expect(names()).toEqual(["Number alone", "Mail and surname"]);
  });

  it("take a new one, tried alone before it is added", async () => {
    const { user, press, saved, asked, names } = await show();
    await press("Add a rule…");
    const dialog = within(await screen.findByRole("dialog"));
    const add = dialog.getByRole("button", { name: "Add" });
    await user.type(dialog.getByLabelText("Name"), "Login and name");
    await user.click(dialog.getByLabelText("login equal"));
    await user.click(dialog.getByLabelText("full name equal"));
    await user.click(dialog.getByRole("radio", { name: "Link" }));
    const made = { name: "Login and name", on: ["login", "name"], effect: "link", confidence: 50 };
    await user.click(dialog.getByRole("button", { name: "See what it matches" }));
    await dialog.findByText(/By this rule alone/);
    expect(asked.at(-1)?.body).toEqual({ ...before, rules: [made] });
    expect(saved()).toEqual([]);
    await user.click(add);
    await waitFor(() => expect(names()).toEqual(["Mail and surname", "Number alone", "Login and name"]));
    await press("Preview");
    await screen.findByText(/12 would be linked/);
    await press("Save and apply");
    await waitFor(() => expect(saved()).toEqual([{ ...before, rules: [...before.rules, made] }]));
  });

  it("refuse one that would link by one sign alone", async () => {
    const { user, press, names } = await show();
    await press("Change Number alone");
    const dialog = within(await screen.findByRole("dialog"));
    await user.click(dialog.getByRole("radio", { name: "Link" }));
    expect(dialog.getByRole("button", { name: "Change" }).getAttribute("aria-disabled")).toBe("true");
    await user.click(dialog.getByRole("radio", { name: "Off" }));
    await user.click(dialog.getByRole("button", { name: "Change" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(names()).toEqual(["Mail and surname", "Number alone"]);
    expect(screen.getByRole("radiogroup", { name: "Effect of Number alone" }).textContent).toContain("Off");
  });

  it("lose one, but never the last, and come back by Discard", async () => {
    const { press, names } = await show();
    await press("Remove Mail and surname");
    expect(names()).toEqual(["Number alone"]);
    await press("Remove Number alone");
    expect(names()).toEqual(["Number alone"]);
    await press("Discard");
    expect(names()).toEqual(["Mail and surname", "Number alone"]);
  });

  it("can only be read without the permission", async () => {
    await show(["directory.read"]);
    expect(screen.queryAllByRole("button")).toEqual([]);
    expect(screen.queryAllByRole("radio")).toEqual([]);
  });
});
