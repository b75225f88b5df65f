import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { lazyPage } from "../../ui/lazyPage";

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
    createRoute({
      getParentRoute: root,
      path: "/factors",
      component: lazyPage(async () => (await import("./FactorsPage")).FactorsPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/factors/$id",
      component: lazyPage(async () => (await import("./FactorsPage")).FactorsPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/factors/enrol",
      component: lazyPage(async () => (await import("./PickPages")).EnrolForPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/factors/enrol/$identity",
      component: lazyPage(async () => (await import("./EnrolPage")).EnrolPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/factors/verify",
      component: lazyPage(async () => (await import("./PickPages")).CallerPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/factors/verify/$identity",
      component: lazyPage(async () => (await import("./VerifyPage")).VerifyPage),
    }),
  ],
};
