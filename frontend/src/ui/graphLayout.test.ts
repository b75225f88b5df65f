import { expect, it } from "vitest";
import { layoutGraph, nodeHeight, nodeWidth } from "./graphLayout";

const box = (id: string) => ({ id, title: id, detail: "", to: "/" });

it("a path runs from left to right on one line", () => {
  const { boxes, height } = layoutGraph(["a", "b", "c"].map(box), [
    { from: "a", to: "b" },
    { from: "b", to: "c" },
  ]);
  expect(new Set(boxes.map(({ y }) => y)).size).toBe(1);
  expect(boxes.map(({ x }) => x)).toEqual([0, nodeWidth + 48, 2 * (nodeWidth + 48)]);
  expect(height).toBe(nodeHeight);
});

it("branches and cycles are placed without overlap", () => {
  const { boxes } = layoutGraph(["a", "b", "c", "d"].map(box), [
    { from: "a", to: "b" },
    { from: "a", to: "c" },
    { from: "b", to: "d" },
    { from: "c", to: "d" },
    { from: "d", to: "b" },
  ]);
  for (const one of boxes)
    for (const other of boxes)
      if (one !== other)
        expect(Math.abs(one.x - other.x) >= nodeWidth || Math.abs(one.y - other.y) >= nodeHeight).toBe(true);
});
