import { act, renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { countdownText, secondsOfStep, secondsUntil, secondText, useSecond } from "./countdown";

afterEach(() => void vi.useRealTimers());
const at = (text: string) => new Date(text);

describe("a countdown", () => {
  it.each([
    ["2026-03-10T14:42:06Z", "2026-03-10T14:32:25Z", 581, "9:41"],
    ["2026-03-10T14:42:06Z", "2026-03-10T14:42:05.200Z", 1, "0:01"],
    ["2026-03-10T14:42:06Z", "2026-03-10T14:42:06Z", 0, "0:00"],
    ["2026-03-10T14:42:06Z", "2026-03-10T15:00:00Z", 0, "0:00"],
    ["2026-03-10T15:42:06Z", "2026-03-10T14:42:06Z", 3600, "60:00"],
  ])("until %s at %s is %d s, %s", (until, now, seconds, text) => {
    expect(secondsUntil(until, at(now))).toBe(seconds);
    expect(countdownText(seconds)).toBe(text);
  });

  it("goes on while the page stands, and stops with it", () => {
    vi.useFakeTimers({ now: at("2026-03-10T14:32:25Z") });
    const { result, unmount } = renderHook(() =>
      countdownText(secondsUntil("2026-03-10T14:42:06Z", useSecond())),
    );
    expect(result.current).toBe("9:41");
    act(() => void vi.advanceTimersByTime(2000));
    expect(result.current).toBe("9:39");
    unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the step of a code", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 30],
    ["2026-03-10T14:32:13Z", 17],
    ["2026-03-10T14:32:29.900Z", 1],
    ["2026-03-10T14:32:30Z", 30],
  ])("at %s the code changes in %d s", (now, seconds) => {
    expect(secondsOfStep(30, at(now))).toBe(seconds);
  });
});

it("a start is told to the second", () => {
  expect(secondText(new Date(2026, 2, 10, 14, 32, 6))).toBe("14:32:06");
});
