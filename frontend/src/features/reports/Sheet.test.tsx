import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { showPage } from "../../testing/page";
import { Sheet } from "./Sheet";

it("keeps the outcome in sight, however far the other columns go", async () => {
  const columns = [
    { name: "risk", title: "Risk", kind: "text" as const },
    { name: "outcome", title: "Ended or accepted", kind: "outcome" as const },
    { name: "size", title: "Rows", kind: "number" as const },
  ];
  showPage(() => (
    <Sheet
      label="Findings"
      columns={columns}
      rows={[[{ text: "high" }, { text: "fail", kind: "fail" }, { text: "1" }]]}
    />
  ));
  const kept = await screen.findByRole("columnheader", { name: "Ended or accepted" });
  expect([kept.className, screen.getByRole("cell", { name: "fail" }).className]).toEqual(["kept", "kept"]);
  expect(screen.getByRole("cell", { name: "1" }).className).toBe("r");
});
