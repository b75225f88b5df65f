import type { Schema } from "../../api/client";

export type Group = Schema<"ReviewGroup">;

/** One row of the table: the head of a group, or the item at an offset of the list. */
export type Row = { kind: "group"; group: Group } | { kind: "item"; offset: number; group: Group };

interface Block {
  group: Group;
  /** Index of the block's first row and offset of its first item. */
  row: number;
  offset: number;
  head: 0 | 1;
  open: boolean;
}

/**
 * Maps the rows of the table onto the list of items: each group has a head, and a folded group shows nothing but
 * it. The list itself has no heads; its order is that of the groups.
 */
export class RowMap {
  readonly rows: number;
  /** Items of the list, those of folded groups too. */
  readonly items: number;
  readonly #blocks: Block[];

  /** `heads` says whether groups have a head; without heads nothing is folded. */
  constructor(
    readonly groups: readonly Group[],
    readonly heads = true,
    readonly folded: ReadonlySet<string> = new Set(),
  ) {
    let row = 0;
    let offset = 0;
    this.#blocks = groups.map((group) => {
      const open = !heads || !folded.has(group.group.id);
      const block: Block = { group, row, offset, head: heads ? 1 : 0, open };
      row += block.head + (open ? group.items : 0);
      offset += group.items;
      return block;
    });
    this.rows = row;
    this.items = offset;
  }

  /** The same with a group unfolded. */
  unfolded(group: string): RowMap {
    return new RowMap(this.groups, this.heads, new Set([...this.folded].filter((each) => each !== group)));
  }

  /** What stands in a row. */
  at(index: number): Row | undefined {
    if (index < 0 || index >= this.rows) return undefined;
    const block = this.#find(index, (each) => each.row);
    if (!block) return undefined;
    const inside = index - block.row - block.head;
    if (inside < 0) return { kind: "group", group: block.group };
    return { kind: "item", offset: block.offset + inside, group: block.group };
  }

  /** The row of the item at an offset: the head of its group if that is folded. */
  rowOf(offset: number): number | undefined {
    if (offset < 0 || offset >= this.items) return undefined;
    const block = this.#find(offset, (each) => each.offset);
    if (!block) return undefined;
    return block.open ? block.row + block.head + offset - block.offset : block.row;
  }

  /** Offset of a group's first item. */
  startOf(group: string): number | undefined {
    return this.#blocks.find((each) => each.group.group.id === group)?.offset;
  }

  /** The items among some rows, as offsets. */
  offsetsIn(first: number, last: number): number[] {
    const found: number[] = [];
    for (let index = Math.max(0, first); index <= Math.min(last, this.rows - 1); index++) {
      const row = this.at(index);
      if (row?.kind === "item") found.push(row.offset);
    }
    return found;
  }

  // The last block that starts at or before a position. Groups without an item start where the next one does, so
  // the search goes for the last.
  #find(position: number, startOf: (block: Block) => number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const block = this.#blocks[middle];
      if (block && startOf(block) <= position) low = middle;
      else high = middle - 1;
    }
    return this.#blocks[low];
  }
}
