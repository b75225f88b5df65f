import { describe, expect, it } from "vitest";
import { objectPath, prettyDetail } from "./EventInspector";
import { sizeText } from "./Export";
import { objectsText } from "./eventColumns";
import { headProblem } from "./VerifyPanel";

describe("headProblem", () => {
  it.each([
    ["", undefined],
    ["  ", undefined],
    ["ab12".repeat(16), undefined],
    [` ${"AB12".repeat(16)}\n`, undefined],
    ["ab12", "A head has 64 characters; this has 4."],
    ["xyz", "A head consists of the figures 0 to 9 and the letters a to f."],
  ])("of %o is %o", (head, problem) => {
    expect(headProblem(head)).toBe(problem);
  });
});

describe("an event's objects", () => {
  const object = (kind: string, id: string, name = "") => ({ kind, id, name });
  it("are named, the first and how many more", () => {
    expect(objectsText([])).toBe("");
    expect(objectsText([object("source", "1", "corp")])).toBe("corp");
    expect(objectsText([object("run", "9")])).toBe("run 9");
    expect(objectsText([object("source", "1", "corp"), object("run", "9"), object("run", "8")])).toBe(
      "corp and 2 more",
    );
  });
  it("lead to their page where there is one", () => {
    expect(objectPath(object("run", "9"))).toBe("/directories/runs/9");
    expect(objectPath(object("session", "9"))).toBeUndefined();
  });
});

describe("prettyDetail", () => {
  it("indents JSON and leaves anything else alone", () => {
    expect(prettyDetail('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyDetail("plain")).toBe("plain");
  });
});

describe("sizeText", () => {
  it.each([
    [999, "999 B"],
    [884_112, "884 kB"],
    [12_340_000, "12.3 MB"],
  ])("%d is %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});
