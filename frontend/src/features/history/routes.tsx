import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { DifferencePage } from "./DifferencePage";

export const historyFeature: Feature = {
  id: "history",
  label: "What changed",
  icon: "clock",
  group: "see",
  past: "own",
  path: "/history",
  commands: [
    { label: "What changed since yesterday", path: "/history?span=d1" },
    { label: "What changed in the last 7 days", path: "/history?span=d7" },
    { label: "What changed between two reads", path: "/history?span=reads" },
  ],
  routes: [createRoute({ getParentRoute: () => rootRoute, path: "/history", component: DifferencePage })],
};
