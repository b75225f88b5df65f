import { describe, expect, it } from "vitest";
import { ScrollMap } from "./scrollMap";

const view = 800;
const million = 32_000_000;

describe("a list that fits", () => {
  it("is mapped to itself", () => {
    const map = new ScrollMap(12_352, view);
    expect(map.spacer).toBe(12_352);
    expect(map.scrolled(5_000)).toBe(5_000);
    expect(map.shift).toBe(0);
    expect(map.moveTo(11_552)).toBe(11_552);
  });
});

describe("a million rows", () => {
  it("stand in a spacer of 8 million pixels", () => {
    expect(new ScrollMap(million, view).spacer).toBe(ScrollMap.limit);
  });

  it("scroll one to one with a wheel", () => {
    const map = new ScrollMap(million, view);
    map.scrolled(4_000_000);
    const before = map.offset;
    expect(map.scrolled(4_000_120) - before).toBe(120);
    expect(map.scrolled(4_000_000)).toBe(before);
  });

  it("reach both ends exactly by the scroll bar", () => {
    const map = new ScrollMap(million, view);
    expect(map.scrolled(ScrollMap.limit - view)).toBe(million - view);
    expect(map.scrolled(0)).toBe(0);
  });

  it("land in proportion after a jump", () => {
    const map = new ScrollMap(million, view);
    expect(map.scrolled((ScrollMap.limit - view) / 2)).toBeCloseTo((million - view) / 2, 0);
  });

  it("stay where they were sent when the element reports the scroll back", () => {
    const map = new ScrollMap(million, view);
    for (const wanted of [0, 32, 16_000_016, 31_999_200]) {
      const top = map.moveTo(wanted);
      expect(top).toBeLessThanOrEqual(ScrollMap.limit - view);
      expect(map.scrolled(top)).toBe(wanted);
      // A row is drawn inside the spacer, at its place in the view.
      expect(map.offset - map.shift).toBe(top);
    }
  });
});

it("a list that shrinks keeps its position inside", () => {
  const map = new ScrollMap(10_000, view);
  map.scrolled(9_000);
  map.resize(3_200, view);
  expect(map.offset).toBe(2_400);
});
