import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { lazyPage } from "../../ui/lazyPage";

const root = () => rootRoute;

export const reviewsFeature: Feature = {
  id: "reviews",
  label: "Reviews",
  icon: "reviews",
  group: "act",
  path: "/reviews",
  count: "reviews",
  commands: [{ label: "New campaign", path: "/reviews/new" }],
  routes: [
    createRoute({
      getParentRoute: root,
      path: "/reviews",
      component: lazyPage(async () => (await import("./ReviewsPage")).ReviewsPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/reviews/new",
      component: lazyPage(async () => (await import("./NewReviewPage")).NewReviewPage),
    }),
    createRoute({
      getParentRoute: root,
      path: "/reviews/$id",
      component: lazyPage(async () => (await import("./ReviewPage")).ReviewPage),
    }),
  ],
};
