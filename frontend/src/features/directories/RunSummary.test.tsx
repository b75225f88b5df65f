import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { serveBy, showPage } from "../../testing/page";
import type { RunDetail } from "./queries";
import { RunSummary } from "./RunSummary";

it("shows the subject of a reason as what the reason says it is", async () => {
  serveBy(() => ({}));
  const reason = { rule: "groupEmptied", title: "A group lost all its members", before: 4, after: 0 };
  const run = {
    id: "9",
    source: { kind: "source", id: "2", name: "lab.example" },
    mode: "full",
    state: "held",
    coverage: "complete",
    startedAt: "2026-03-10T13:51:00Z",
    endedAt: "2026-03-10T13:51:02Z",
    server: "slapd",
    unit: "entry",
    ...{ read: 70, claimed: 70, skipped: 0, added: 0, changed: 0, removed: 4 },
    counts: [],
    skippedRows: [],
    holdReasons: [
      { ...reason, subject: "the group staff", about: "group" },
      { ...reason, rule: "keysChanged", subject: "logins = numbers", about: "source" },
    ],
  } satisfies RunDetail;
  showPage(() => <RunSummary run={run as RunDetail} />);
  expect((await screen.findByText("the group staff")).className).toBe("mono");
  expect(screen.getByText("logins = numbers").className).toBe("t2");
});
