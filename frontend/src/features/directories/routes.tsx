import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { ChangePage, ConnectPage } from "./ConnectPage";
import { DirectoriesPage } from "./DirectoriesPage";
import { MatchingPage } from "./MatchingPage";
import { RunPage } from "./RunPage";
import { SourcePage } from "./SourcePage";

/** The connected directories, how they are read, and what each read brought. */
export const directoriesFeature: Feature = {
  id: "directories",
  label: "Directories",
  icon: "directories",
  group: "see",
  path: "/directories",
  count: "sources",
  commands: [{ label: "Connect a directory", path: "/directories/connect" }],
  routes: [
    createRoute({ getParentRoute: () => rootRoute, path: "/directories", component: DirectoriesPage }),
    createRoute({ getParentRoute: () => rootRoute, path: "/directories/connect", component: ConnectPage }),
    createRoute({ getParentRoute: () => rootRoute, path: "/directories/runs/$id", component: RunPage }),
    createRoute({ getParentRoute: () => rootRoute, path: "/directories/$id", component: SourcePage }),
    createRoute({
      getParentRoute: () => rootRoute,
      path: "/directories/$id/matching",
      component: MatchingPage,
    }),
    createRoute({ getParentRoute: () => rootRoute, path: "/directories/$id/change", component: ChangePage }),
  ],
};
