import { describe, expect, it } from "vitest";
import { fitPath, pathLine } from "./path";

const path = ["calib-interns", "calib-lab", "lab-operations", "infra-operators", "Administrators"];

describe("a path in one line", () => {
  it("is whole where there is room", () => {
    expect(fitPath(path, 90)).toEqual({ names: path, dropped: 0 });
  });

  it("loses its beginning, never its end", () => {
    expect(fitPath(path, 40)).toEqual({ names: ["infra-operators", "Administrators"], dropped: 3 });
  });

  it("keeps its last name however narrow", () => {
    expect(fitPath(path, 3)).toEqual({ names: ["Administrators"], dropped: 4 });
  });

  it("never grows when the room shrinks, and never exceeds it while a name can go", () => {
    let shown = path.length;
    for (let columns = 100; columns > 0; columns--) {
      const { names, dropped } = fitPath(path, columns);
      expect(names.length + dropped).toBe(path.length);
      expect(names.length).toBeLessThanOrEqual(shown);
      expect(names.at(-1)).toBe("Administrators");
      if (names.length > 1) expect(names.join(" › ").length).toBeLessThanOrEqual(columns + 3 * names.length);
      shown = names.length;
    }
  });

  it("is copied with plain signs", () => {
    expect(pathLine(["a", "b"])).toBe("a > b");
  });
});
