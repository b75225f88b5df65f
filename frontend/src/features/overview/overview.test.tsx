import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Schema } from "../../api/client";
import { showPage } from "../../testing/page";
import { dayAhead } from "./AcceptDialog";
import { countUpTo } from "./BaselineDialog";
import { CauseTable } from "./CauseTable";
import { historyText } from "./Charts";
import { whyPath } from "./FindingInspector";
import { showDemo } from "./FirstStart";
import { type Finding, findingFilters, kindWords } from "./findingColumns";
import { stepsBetween } from "./PrivilegedChanges";
import { viewOf } from "./queries";

describe("the demo company", () => {
  const here = () => ({ assign: vi.fn(), reload: vi.fn() });
  it("is opened where it has an address of its own", () => {
    const location = here();
    showDemo({ url: "http://localhost:4000/boot#t=x" }, location);
    expect(location.assign).toHaveBeenCalledWith("http://localhost:4000/boot#t=x");
    expect(location.reload).not.toHaveBeenCalled();
  });
  it("is shown after a reload where the window shows it by itself", () => {
    const location = here();
    showDemo({ url: "" }, location);
    expect(location.reload).toHaveBeenCalledOnce();
    expect(location.assign).not.toHaveBeenCalled();
  });
});

describe("the membership curve in words", () => {
  it.each([
    [[2918], "2,918 direct memberships after one read."],
    [
      [2870, 2882, 2918],
      "2,918 direct memberships after the newest of 3 reads; at least 2,870, at most 2,918 in that time.",
    ],
  ])("of %o", (values, text) => {
    expect(historyText(values)).toBe(text);
  });
});

describe("a finding's why", () => {
  const group = { kind: "group" as const, id: "9", name: "Administrators" };
  const finding = (rest: Partial<Finding>): Finding => ({
    id: "1",
    kind: "nestedPrivileged",
    title: "",
    risk: "critical",
    subject: { kind: "account", id: "4", name: "mlaasen" },
    source: { kind: "source", id: "2", name: "corp" },
    detail: "",
    remedy: "",
    size: 1,
    firstSeen: "2026-03-10T13:51:00Z",
    ...rest,
  });
  it("leads to the membership it is about", () => {
    expect(whyPath(finding({ group }))).toEqual({
      to: "/identities/accounts/4",
      search: { tab: "membership", why: "9" },
    });
  });
  it("is not offered where there is no membership to explain", () => {
    expect(whyPath(finding({}))).toBeUndefined();
    expect(whyPath(finding({ group, subject: { ...group, id: "8" } }))).toBeUndefined();
  });
});

describe("the filters of findings", () => {
  it("offer every kind, and the source only where there is a choice", () => {
    const one = findingFilters([{ id: "1", name: "corp" }]);
    expect(one.map((filter) => filter.id)).toEqual(["kind", "risk"]);
    expect(one[0]?.choices).toHaveLength(Object.keys(kindWords).length);
    const two = findingFilters([
      { id: "1", name: "corp" },
      { id: "2", name: "lab" },
    ]);
    expect(two.map((filter) => filter.id)).toEqual(["kind", "risk", "source"]);
  });
});

describe("how somebody came into a privileged group", () => {
  const group = (id: string) => ({ kind: "group" as const, id, name: id });
  it("names the groups between, not the privileged one again", () => {
    const names = (path: string[]) =>
      stepsBetween({ path: path.map(group), group: group("Admins") }).map(({ id }) => id);
    expect(names(["labs", "Admins"])).toEqual(["labs"]);
    expect(names(["labs", "infra"])).toEqual(["labs", "infra"]);
    expect(names([])).toEqual([]);
  });
});

describe("the riskiest findings", () => {
  const group = (id: string) => ({ kind: "group" as const, id, name: "Administrators" });
  const cause = (id: string, source: string): Schema<"FindingCause"> => ({
    kind: "privilegedNoReason",
    risk: "low",
    title: "Privileged, no reason recorded",
    count: 12,
    cause: group(id),
    suchAs: {
      id,
      kind: "privilegedNoReason",
      title: "Privileged, no reason recorded",
      risk: "low",
      subject: { kind: "account", id, name: "Ingeborg Halden" },
      source: { kind: "source", id: source, name: source },
      detail: "in Administrators through one nested group",
      remedy: "",
      size: 1,
      firstSeen: "2026-03-10T13:51:00Z",
    },
  });
  it.each([true, false])("say of which source they are where there are several, wide: %s", async (wide) => {
    const sources = ["corp.example", "lab.example"];
    showPage(() => (
      <CauseTable
        causes={[cause("4", "corp.example"), cause("5", "lab.example")]}
        sources={sources}
        wide={wide}
      />
    ));
    const rows = (await screen.findAllByRole("row")).slice(1).map((row) => row.textContent);
    expect(rows).toEqual(sources.map((name) => expect.stringContaining(name)));
  });
});

describe("the view of the findings page", () => {
  it.each([
    [{}, "top"],
    [{ kind: "dormant" }, "list"],
    [{ q: "ann" }, "list"],
    [{ view: "accepted" as const, kind: "dormant" }, "accepted"],
  ])("of %o is %s", (address, view) => {
    expect(viewOf(address)).toBe(view);
  });
});

describe("a baseline", () => {
  const groups = [
    { kind: "dormant", risk: "low" as const, count: 8 },
    { kind: "dormant", risk: "high" as const, count: 4 },
    { kind: "noOwner", risk: "medium" as const, count: 7 },
    { kind: "heldRun", risk: "medium" as const, count: 1 },
  ];
  it("takes what is not riskier, and never a held run", () => {
    expect(countUpTo(groups, "low")).toBe(8);
    expect(countUpTo(groups, "medium")).toBe(15);
    expect(countUpTo(groups, "critical")).toBe(19);
  });
});

describe("a date ahead", () => {
  it("is a day in UTC", () => {
    expect(dayAhead(90, new Date("2026-03-10T23:30:00Z"))).toBe("2026-06-08");
  });
});
