import { describe, expect, it } from "vitest";
import { progressText } from "./runs";

describe("progressText", () => {
  it.each([
    [{ phase: "connecting", progress: 0 }, undefined, "connecting"],
    [{}, undefined, "reading"],
    [{ phase: "reading", progress: 1204 }, undefined, "reading, 1,204 entries"],
    [{ phase: "reading", progress: 1204 }, { read: 1214 }, "reading, 1,204 of about 1,214 entries"],
    [{ phase: "reading", progress: 1300 }, { read: 1214 }, "reading, 1,300 entries"],
  ])("tells %o after %o as %s", (run, before, text) => {
    expect(progressText(run, before)).toBe(text);
  });
});
