import { describe, expect, test } from "vitest";
import { baseOf, differenceAddress, momentsOf, spanOf } from "./queries";

const now = new Date("2026-03-10T12:00:30Z");
const of = (search: Record<string, string>, reads = [{ seq: 3 }, { seq: 7 }, { seq: 9 }]) =>
  momentsOf(differenceAddress.parse(search), reads, now);

describe("the two moments an address means", () => {
  test("without anything the last day, the same for a minute", () => {
    expect(of({})).toEqual({ from: "2026-03-09T12:00:00.000Z" });
    expect(of({ span: "d7" })).toEqual({ from: "2026-03-03T12:00:00.000Z" });
    expect(of({ span: "nonsense" })).toEqual({ from: "2026-03-09T12:00:00.000Z" });
  });

  test("since the first read on the first day", () => {
    const nothing = differenceAddress.parse({});
    expect(momentsOf(nothing, [{ seq: 3 }, { seq: 7 }], now, { seq: 3 })).toEqual({ from: "#3" });
    expect(spanOf(nothing, { seq: 3 })).toBe("first");
    expect(spanOf(differenceAddress.parse({ span: "d1" }), { seq: 3 })).toBe("d1");
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

describe("the first read", () => {
  const mark = (seq: number, source: string) => ({
    seq,
    at: "2026-03-10T09:00:00Z",
    run: String(seq),
    added: 1,
    changed: 0,
    removed: 0,
    source: { kind: "source" as const, id: source, name: source },
  });
  const first = "2026-03-10T09:00:00Z";

  test("is that after which every source was read once", () => {
    expect(baseOf({ first, marks: [mark(3, "a"), mark(5, "b"), mark(6, "a")] }, now)?.seq).toBe(5);
  });

  test("is none to start from while nothing came after it", () => {
    expect(baseOf({ first, marks: [mark(3, "a"), mark(5, "b")] }, now)).toBeUndefined();
    expect(baseOf({ marks: [] }, now)).toBeUndefined();
    expect(baseOf(undefined, now)).toBeUndefined();
  });

  test("is told on the first day alone", () => {
    const marks = [mark(3, "a"), mark(6, "a")];
    expect(baseOf({ first: "2026-03-09T12:00:30Z", marks }, now)).toBeUndefined();
    expect(baseOf({ first: "2026-03-09T12:00:31Z", marks }, now)?.seq).toBe(3);
  });
});
