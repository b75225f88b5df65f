import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { LostLaptopPage } from "./LostLaptopPage";
import { SettingsPage } from "./SettingsPage";

/** How this console is set up. */
export const settingsFeature: Feature = {
  id: "settings",
  label: "Settings",
  icon: "settings",
  group: "record",
  path: "/settings",
  commands: [{ label: "If this computer is lost", path: "/settings/lost-laptop" }],
  routes: [
    createRoute({ getParentRoute: () => rootRoute, path: "/settings", component: SettingsPage }),
    createRoute({
      getParentRoute: () => rootRoute,
      path: "/settings/lost-laptop",
      component: LostLaptopPage,
    }),
  ],
};
