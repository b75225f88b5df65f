import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Column } from "../lib/columns";
import { ApiError } from "../lib/problem";
import { type Rows, rowsOf } from "../lib/rows";
import { DataTable, type DataTableProps } from "./DataTable";
import { columnsIn, rowAfter } from "./gridRows";

interface Row {
  id: string;
  name: string;
}
const columns: Column<Row>[] = [{ id: "name", header: "Name", sort: "name", cell: (row) => row.name }];
const people = Array.from({ length: 1000 }, (_, at) => ({ id: String(at), name: `Person ${at}` }));

beforeAll(() => {
  // jsdom lays nothing out: a view of twenty rows below the head.
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 672 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 800 });
});

function show(rows: Rows<Row>, more: Partial<DataTableProps<Row>> = {}) {
  const props: DataTableProps<Row> = {
    label: "People",
    columns,
    rows,
    rowKey: (row) => row.id,
    sort: "name",
    empty: <p>Nobody is here.</p>,
    onSort: vi.fn(),
    onSelect: vi.fn(),
    onOpen: vi.fn(),
    onClose: vi.fn(),
    ...more,
  };
  render(
    <MantineProvider env="test">
      <DataTable {...props} />
    </MantineProvider>,
  );
  return { props, user: userEvent.setup() };
}

describe("a long list", () => {
  it("draws what is in sight and says how long it is", () => {
    show(rowsOf(people));
    const grid = screen.getByRole("grid", { name: "People" });
    expect(grid.getAttribute("aria-rowcount")).toBe("1001");
    const drawn = screen.getAllByRole("row").length;
    expect(drawn).toBeGreaterThan(20);
    expect(drawn).toBeLessThan(60);
    expect(screen.getByText("1 to 20 of 1,000")).toBeTruthy();
  });

  it("moves by arrows, opens by Enter, selects by Space, closes by Esc", async () => {
    const { props, user } = show(rowsOf(people), { selected: "0" });
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(props.onSelect).toHaveBeenLastCalledWith(people[2]);
    await user.keyboard("{Enter}");
    expect(props.onOpen).toHaveBeenCalledWith(people[2]);
    await user.keyboard("{ArrowUp} ");
    expect(props.onSelect).toHaveBeenLastCalledWith(people[1]);
    await user.keyboard("{Escape}");
    expect(props.onClose).toHaveBeenCalledOnce();
  });

  it("opens nothing beside the list while nothing is selected", async () => {
    const { props, user } = show(rowsOf(people));
    screen.getByRole("grid").focus();
    await user.keyboard("{ArrowDown}");
    expect(props.onSelect).not.toHaveBeenCalled();
    const active = screen.getByRole("grid").getAttribute("aria-activedescendant");
    expect(document.getElementById(active ?? "")?.textContent).toBe("Person 1");
  });

  it("sorts by its head, and the other way round at the second press", async () => {
    const { props, user } = show(rowsOf(people));
    expect(screen.getByRole("columnheader").getAttribute("aria-sort")).toBe("ascending");
    await user.click(screen.getByRole("button", { name: "Name" }));
    expect(props.onSort).toHaveBeenCalledWith("-name");
  });

  it("asks for the rows in sight", () => {
    const need = vi.fn();
    show({ ...rowsOf(people), at: () => undefined, need });
    expect(need).toHaveBeenCalled();
    const [first, last] = need.mock.lastCall ?? [];
    expect(first).toBe(0);
    expect(last).toBeGreaterThanOrEqual(20);
  });
});

describe("states", () => {
  it("empty says why", () => {
    show(rowsOf<Row>([]));
    expect(screen.getByText("Nobody is here.")).toBeTruthy();
  });

  it("failed says what, the remedy, and tries again", async () => {
    const retry = vi.fn();
    const error = new ApiError({
      title: "Unavailable",
      detail: "The store did not answer.",
      remedy: "Look at the log.",
      status: 503,
      kind: "unavailable",
    });
    const { user } = show({ ...rowsOf<Row>([]), error, retry });
    expect(screen.getByRole("alert").textContent).toContain("The store did not answer.Look at the log.");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(retry).toHaveBeenCalledOnce();
  });
});

it.each([
  ["ArrowDown", 5, 6],
  ["ArrowUp", 0, 0],
  ["PageDown", 5, 24],
  ["PageUp", 5, 0],
  ["Home", 500, 0],
  ["End", 5, 999],
  ["PageDown", 995, 999],
  ["x", 5, undefined],
])("%s from row %d goes to %s", (key, from, to) => {
  expect(rowAfter(key, from, 19, 1000)).toBe(to);
});

it("the least needed columns leave where not all fit", () => {
  const wide: Column<Row>[] = [
    { id: "a", header: "A", width: 200, cell: () => null },
    { id: "b", header: "B", width: 200, wideOnly: true, cell: () => null },
    { id: "c", header: "C", cell: () => null },
    { id: "d", header: "D", width: 80, wideOnly: true, cell: () => null },
  ];
  const ids = (width: number) => columnsIn(wide, width).map((column) => column.id);
  expect(ids(600)).toEqual(["a", "b", "c", "d"]);
  expect(ids(599)).toEqual(["a", "b", "c"]); // one after another, the last first
  expect(ids(519)).toEqual(["a", "c"]);
  expect(ids(100)).toEqual(["a", "c"]); // what is needed stays
  expect(ids(0)).toEqual(["a", "b", "c", "d"]); // not laid out yet
});
