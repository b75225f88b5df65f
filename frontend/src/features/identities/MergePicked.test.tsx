import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Schema } from "../../api/client";
import { serveBy, showPage } from "../../testing/page";
import { MergePicked, pickColumn } from "./MergePicked";
import { usePicked } from "./usePicked";

vi.setConfig({ testTimeout: 60_000 });

type Row = Schema<"IdentityRow">;
const people = ["Ann", "Bo", "Cy"].map(
  (name, at) => ({ id: String(at + 1), name, login: name.toLowerCase() }) as Row,
);

function List() {
  const picked = usePicked<Row>();
  const column = pickColumn(picked);
  return (
    <>
      {people.map((row) => (
        <div key={row.id}>{column.cell(row)}</div>
      ))}
      <MergePicked picked={picked} />
    </>
  );
}

async function show() {
  const asked = serveBy(({ method, path }) =>
    method === "GET"
      ? {
          into: people.find(({ id }) => id !== path.split("/")[2]),
          accounts: [],
          findings: 0,
          factors: 0,
          reviewItems: 0,
          warnings: ["Their employee numbers differ: 1 and 2."],
        }
      : {},
  );
  const { user, router } = showPage(List, "/identities");
  const pick = async (name: string) =>
    user.click(await screen.findByRole("checkbox", { name: `Select ${name}` }));
  return { user, pick, asked, router };
}

describe("people selected in the list", () => {
  it("are merged two at a time", async () => {
    const { pick } = await show();
    await pick("Ann");
    const merge = () => screen.getByRole("button", { name: "Merge…" }).getAttribute("aria-disabled");
    expect(merge()).toBe("true");
    await pick("Bo");
    expect(merge()).toBeNull();
    await pick("Cy");
    expect(merge()).toBe("true");
    await pick("Ann");
    await pick("Bo");
    await pick("Cy");
    expect(screen.queryByRole("region", { name: "Selected people" })).toBeNull();
  });

  it("are merged into the one that is to stay, with the warnings before and a reason", async () => {
    const { user, pick, asked, router } = await show();
    await pick("Ann");
    await pick("Bo");
    await user.click(screen.getByRole("button", { name: "Merge…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Merge Ann and Bo?" }));
    await dialog.findByText("Their employee numbers differ: 1 and 2.");
    await user.click(dialog.getByRole("radio", { name: /^Ann/ }));
    await dialog.findByText(/leads there from now on/);
    await user.type(dialog.getByLabelText("Reason"), "One person.");
    await user.click(dialog.getByRole("button", { name: "Merge" }));
    await waitFor(() =>
      expect(asked.find(({ method }) => method === "POST")).toMatchObject({
        method: "POST",
        path: "/identities/2/merge",
        body: { into: "1", reason: "One person." },
      }),
    );
    await waitFor(() => expect(router.state.location.pathname).toBe("/identities/1"));
  });
});
