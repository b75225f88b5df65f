import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { lazyPage } from "../../ui/lazyPage";

/** Questions that are answered as a spreadsheet, with what an auditor needs to ask them again. */
export const reportsFeature: Feature = {
  id: "reports",
  label: "Reports",
  icon: "reports",
  group: "record",
  path: "/reports",
  commands: [
    { label: "Report: accounts", path: "/reports/accounts" },
    { label: "Report: effective membership", path: "/reports/effective-membership" },
    { label: "Report: changes", path: "/reports/changes" },
  ],
  past: "own",
  routes: [
    createRoute({
      getParentRoute: () => rootRoute,
      path: "/reports",
      component: lazyPage(async () => (await import("./ReportsPage")).ReportsPage),
    }),
    createRoute({
      getParentRoute: () => rootRoute,
      path: "/reports/$name",
      component: lazyPage(async () => (await import("./ReportPage")).ReportPage),
    }),
  ],
};
