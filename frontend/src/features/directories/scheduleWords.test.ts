import { describe, expect, it } from "vitest";
import { everyText, modeText, windowsIn, windowText } from "./scheduleWords";

describe("everyText", () => {
  it.each([
    [1, "every minute"],
    [15, "every 15 minutes"],
    [60, "every hour"],
    [90, "every 90 minutes"],
    [120, "every 2 hours"],
    [1440, "every day"],
    [10080, "every 7 days"],
  ])("%i minutes are %s", (minutes, text) => {
    expect(everyText(minutes)).toBe(text);
  });
});

describe("windows", () => {
  it.each(["mon-fri 20:00-06:00", "mon,wed-thu,sun 00:00-12:00", "20:00-06:00", "sat-sun 00:00-00:00"])(
    "%s is read and written the same",
    (text) => {
      const { windows, wrong } = windowsIn(text);
      expect(wrong).toBeUndefined();
      expect(windows.map(windowText)).toEqual([text]);
    },
  );
  it("takes one a line, and days over the end of the week", () => {
    const { windows } = windowsIn("FRI-mon 20:00-06:00\n\n 12:00-13:00 ");
    expect(windows.map(windowText)).toEqual(["mon,fri-sun 20:00-06:00", "12:00-13:00"]);
  });
  it.each(["tomorrow", "mon-xmas 20:00-06:00", "mon 8-9", "20:00"])("%s is none", (text) => {
    expect(windowsIn(text).wrong).toBe(text);
  });
});

describe("modeText", () => {
  it("says what was read", () => {
    expect(modeText({ mode: "full" })).toBe("Full read");
    expect(modeText({ mode: "incremental" })).toBe("Changes only");
    expect(modeText({ mode: "incremental", scope: "privileged" })).toBe("Privileged groups only");
  });
});
