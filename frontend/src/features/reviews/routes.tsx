import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";

const root = () => rootRoute;

export const reviewsFeature: Feature = {
  id: "reviews",
  label: "Reviews",
  icon: "reviews",
  group: "act",
  path: "/reviews",
  count: "reviews",
  commands: [{ label: "New review", path: "/reviews/new" }],
  routes: [
    createRoute({
      getParentRoute: root,
      path: "/reviews",
      component: lazyRouteComponent(() => import("./ReviewsPage"), "ReviewsPage"),
    }),
    createRoute({
      getParentRoute: root,
      path: "/reviews/new",
      component: lazyRouteComponent(() => import("./NewReviewPage"), "NewReviewPage"),
    }),
    createRoute({
      getParentRoute: root,
      path: "/reviews/$id",
      component: lazyRouteComponent(() => import("./ReviewPage"), "ReviewPage"),
    }),
  ],
};
