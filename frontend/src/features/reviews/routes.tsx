import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { NewReviewPage } from "./NewReviewPage";
import { ReviewPage } from "./ReviewPage";
import { ReviewsPage } from "./ReviewsPage";

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
    createRoute({ getParentRoute: root, path: "/reviews", component: ReviewsPage }),
    createRoute({ getParentRoute: root, path: "/reviews/new", component: NewReviewPage }),
    createRoute({ getParentRoute: root, path: "/reviews/$id", component: ReviewPage }),
  ],
};
