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
  commands: [
    { label: "Riskiest findings", path: "/findings" },
    { label: "All findings", path: "/findings?view=list" },
  ],
  routes: [
    createRoute({ getParentRoute: () => rootRoute, path: "/", component: OverviewPage }),
    createRoute({ getParentRoute: () => rootRoute, path: "/findings", component: FindingsPage }),
  ],
};
