import { expect, test } from "vitest";
import { listText } from "./number";

const exactly = (total: number) => ({ total, totalIsExact: true });
const atLeast = (total: number) => ({ total, totalIsExact: false });

test("a list says how long it is, and of how many where that is known", () => {
  expect(listText("people", exactly(386), false, exactly(386))).toBe("386 people");
  expect(listText("people", atLeast(10_000), false, atLeast(10_000))).toBe("more than 10,000 people");
  expect(listText("people", exactly(12), true, exactly(386))).toBe("12 of 386 people");
  expect(listText("people", exactly(12), true, atLeast(10_000))).toBe("12 people match");
  expect(listText("people", atLeast(10_000), true, atLeast(10_000))).toBe("more than 10,000 people match");
  expect(listText("groups", exactly(3), true, undefined)).toBe("3 groups");
});
