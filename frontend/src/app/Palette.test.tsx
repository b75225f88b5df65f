import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { type Asked, serveBy, showPage } from "../testing/page";
import { Palette } from "./Palette";

const hit = (id: string, name: string) => ({
  ref: { kind: "identity", id, name },
  login: "",
  detail: "",
  source: "corp",
});

it("Enter opens what fits the text, not what was found for an earlier one", async () => {
  // "re" finds a person at once; of the longer text the server says nothing yet.
  serveBy((asked: Asked) => {
    const text = asked.search.get("q") ?? "";
    return text === "re" ? { items: [hit("7", "Renate Berg")] } : new Promise(() => {});
  });
  const { user, router } = showPage(() => <Palette opened onClose={() => {}} />);
  const field = await screen.findByRole("combobox");
  await user.type(field, "re");
  await screen.findByRole("option", { name: /Renate Berg/ });

  // While it is searched on, what was found stays where it still fits.
  await user.type(field, "nate");
  expect(screen.getByRole("option", { name: /Renate Berg/ })).toBeTruthy();

  await user.clear(field);
  await user.type(field, "report: accounts");
  expect(screen.queryByRole("option", { name: /Renate Berg/ })).toBeNull();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/reports/accounts"));
});
