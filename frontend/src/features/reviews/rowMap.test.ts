import { describe, expect, it } from "vitest";
import { type Group, RowMap } from "./rowMap";

const group = (id: string, items: number): Group => ({
  group: { kind: "group", id, name: id },
  source: "corp",
  privileged: false,
  items,
  undecided: items,
});
const groups = [group("a", 2), group("b", 0), group("c", 3)];
const told = (map: RowMap) =>
  Array.from({ length: map.rows }, (_, index) => {
    const row = map.at(index);
    return row?.kind === "group" ? row.group.group.id : row?.offset;
  });

describe("rows of a campaign", () => {
  it("are the items under the heads of their groups", () => {
    const map = new RowMap(groups);
    expect(told(map)).toEqual(["a", 0, 1, "b", "c", 2, 3, 4]);
    expect(map.items).toBe(5);
    expect(map.at(-1)).toBeUndefined();
    expect(map.at(8)).toBeUndefined();
  });

  it("of a folded group are its head alone, and the offsets behind it stay", () => {
    const map = new RowMap(groups, true, new Set(["a"]));
    expect(told(map)).toEqual(["a", "b", "c", 2, 3, 4]);
    expect(map.items).toBe(5);
    expect(map.offsetsIn(0, 3)).toEqual([2]);
    expect(told(map.unfolded("a"))).toEqual(["a", 0, 1, "b", "c", 2, 3, 4]);
  });

  it("without heads are the items, each with its group", () => {
    const map = new RowMap(groups, false, new Set(["a"]));
    expect(told(map)).toEqual([0, 1, 2, 3, 4]);
    const row = map.at(2);
    expect(row?.kind === "item" && row.group.group.id).toBe("c");
  });

  it("of nothing are none", () => {
    expect(new RowMap([]).rows).toBe(0);
    expect(new RowMap([]).at(0)).toBeUndefined();
    expect(new RowMap([group("b", 0)], false).rows).toBe(0);
  });

  it("and items lead to each other, whatever is folded", () => {
    // Every size of three groups up to three items, every set of folded ones.
    for (let sizes = 0; sizes < 64; sizes++)
      for (let folds = 0; folds < 8; folds++) {
        const some = [0, 1, 2].map((at) => group("abc"[at] ?? "", (sizes >> (2 * at)) & 3));
        const folded = new Set(some.filter((_, at) => (folds >> at) & 1).map((each) => each.group.id));
        const map = new RowMap(some, true, folded);
        for (let offset = 0; offset < map.items; offset++) {
          const row = map.at(map.rowOf(offset) ?? -1);
          if (row?.kind === "item") expect(row.offset).toBe(offset);
          else expect(folded.has(row?.group.group.id ?? "")).toBe(true);
        }
        expect(map.rowOf(map.items)).toBeUndefined();
        const seen = map.offsetsIn(0, map.rows);
        expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
        for (const each of some)
          if (each.items > 0)
            expect(map.at(map.rowOf(map.startOf(each.group.id) ?? -1) ?? -1)?.group).toBe(each);
      }
  });
});
