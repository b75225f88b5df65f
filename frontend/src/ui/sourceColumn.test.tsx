import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { showPage } from "../testing/page";
import { sourceColumn } from "./sourceColumn";
import { Table } from "./Table";

const source = (id: string, name: string) => ({ kind: "source" as const, id, name });
const rows = [
  { id: "1", login: "svc-backup", source: source("7", "corp.example") },
  { id: "2", login: "svc-backup", source: source("8", "lab.example") },
];

function show(sources: unknown[] | undefined) {
  const columns = sourceColumn<(typeof rows)[number]>(sources, (row) => row.source);
  showPage(() => (
    <Table
      label="Accounts"
      columns={[{ id: "login", header: "Login", cell: (row) => row.login }, ...columns]}
      rows={rows}
      rowKey={(row) => row.id}
    />
  ));
}

describe("the source of a row", () => {
  it("tells two rows of one name apart where several sources are connected", async () => {
    show(["corp.example", "lab.example"]);
    expect((await screen.findByRole("row", { name: "svc-backup corp.example" })).isConnected).toBe(true);
    expect(screen.getByRole("link", { name: "lab.example" }).getAttribute("href")).toBe("/directories/8");
  });
  it.each([
    ["there is no choice", ["corp.example"]],
    ["it is not known yet", undefined],
  ])("is left out where %s", async (_, sources) => {
    show(sources);
    await screen.findAllByRole("row", { name: "svc-backup" });
    expect(screen.queryByRole("columnheader", { name: "Source" })).toBeNull();
  });
});
