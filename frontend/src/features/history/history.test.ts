import { describe, expect, test } from "vitest";
import { differenceAddress, momentsOf } from "./queries";

const now = new Date("2026-03-10T12:00:30Z");
const of = (search: Record<string, string>, reads = [{ seq: 3 }, { seq: 7 }, { seq: 9 }]) =>
  momentsOf(differenceAddress.parse(search), reads, now);

describe("the two moments an address means", () => {
  test("without anything the last day, the same for a minute", () => {
    expect(of({})).toEqual({ from: "2026-03-09T12:00:00.000Z" });
    expect(of({ span: "d7" })).toEqual({ from: "2026-03-03T12:00:00.000Z" });
    expect(of({ span: "nonsense" })).toEqual({ from: "2026-03-09T12:00:00.000Z" });
  });

  test("dates as they stand", () => {
    expect(of({ from: "2026-03-01" })).toEqual({ from: "2026-03-01" });
    expect(of({ from: "2026-03-01", to: "2026-03-02" })).toEqual({ from: "2026-03-01", to: "2026-03-02" });
  });

  test("two reads are the newest two unless they are named", () => {
    expect(of({ span: "reads" })).toEqual({ from: "#7", to: "#9" });
    expect(of({ from: "#3" })).toEqual({ from: "#3", to: "#9" });
    expect(of({ from: "#3", to: "#7" })).toEqual({ from: "#3", to: "#7" });
    expect(of({ span: "reads" }, [{ seq: 3 }])).toBeUndefined();
  });
});
