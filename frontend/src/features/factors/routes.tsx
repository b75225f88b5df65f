import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { EnrolPage } from "./EnrolPage";
import { FactorsPage } from "./FactorsPage";
import { CallerPage, EnrolForPage } from "./PickPages";
import { VerifyPage } from "./VerifyPage";

const root = () => rootRoute;

/** One-time codes that prove a caller: enrolled, verified, replaced, revoked. */
export const factorsFeature: Feature = {
  id: "factors",
  label: "Factors",
  icon: "factors",
  group: "act",
  path: "/factors",
  count: "callers",
  commands: [
    { label: "Verify a caller…", path: "/factors/verify" },
    { label: "Enrol a one-time code…", path: "/factors/enrol" },
  ],
  routes: [
    createRoute({ getParentRoute: root, path: "/factors", component: FactorsPage }),
    createRoute({ getParentRoute: root, path: "/factors/$id", component: FactorsPage }),
    createRoute({ getParentRoute: root, path: "/factors/enrol", component: EnrolForPage }),
    createRoute({ getParentRoute: root, path: "/factors/enrol/$identity", component: EnrolPage }),
    createRoute({ getParentRoute: root, path: "/factors/verify", component: CallerPage }),
    createRoute({ getParentRoute: root, path: "/factors/verify/$identity", component: VerifyPage }),
  ],
};
