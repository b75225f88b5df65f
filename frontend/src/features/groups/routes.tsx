import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { GroupPage } from "./GroupPage";
import { GroupsPage } from "./GroupsPage";

const root = () => rootRoute;

export const groupsFeature: Feature = {
  id: "groups",
  label: "Groups",
  icon: "groups",
  group: "see",
  past: "shown",
  path: "/groups",
  count: "groups",
  routes: [
    createRoute({ getParentRoute: root, path: "/groups", component: GroupsPage }),
    createRoute({ getParentRoute: root, path: "/groups/$id", component: GroupPage }),
  ],
};
