import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { FindingsPage } from "./FindingsPage";
import { OverviewPage } from "./OverviewPage";

/** What is there, how fresh it is, and what to look at first. */
export const overviewFeature: Feature = {
  id: "overview",
  label: "Overview",
  icon: "overview",
  group: "see",
  path: "/",
  routes: [createRoute({ getParentRoute: () => rootRoute, path: "/", component: OverviewPage })],
};

/** What the checks noticed, the riskiest first; what is accepted, and the checks themselves. */
export const findingsFeature: Feature = {
  id: "findings",
  label: "Findings",
  icon: "warning",
  group: "see",
  path: "/findings",
  count: "findings",
  commands: [
    { label: "Riskiest findings", path: "/findings" },
    { label: "All findings", path: "/findings?view=list" },
    { label: "Accepted findings", path: "/findings?view=accepted" },
    { label: "Checks and their thresholds", path: "/findings?view=checks" },
  ],
  routes: [createRoute({ getParentRoute: () => rootRoute, path: "/findings", component: FindingsPage })],
};
