import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { AuditPage } from "./AuditPage";

/** What was done here, by whom, and whether the record of it is whole. */
export const auditFeature: Feature = {
  id: "audit",
  label: "Audit",
  icon: "audit",
  group: "record",
  path: "/audit",
  commands: [{ label: "Verify the audit log", path: "/audit?panel=verify" }],
  routes: [createRoute({ getParentRoute: () => rootRoute, path: "/audit", component: AuditPage })],
};
