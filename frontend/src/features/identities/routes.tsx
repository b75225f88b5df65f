import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { AccountPage } from "./AccountPage";
import { IdentitiesPage } from "./IdentitiesPage";
import { IdentityPage } from "./IdentityPage";

const root = () => rootRoute;

export const identitiesFeature: Feature = {
  id: "identities",
  label: "Identities",
  icon: "identities",
  group: "see",
  past: "shown",
  path: "/identities",
  count: "identities",
  routes: [
    createRoute({ getParentRoute: root, path: "/identities", component: IdentitiesPage }),
    createRoute({ getParentRoute: root, path: "/identities/$id", component: IdentityPage }),
    createRoute({ getParentRoute: root, path: "/identities/accounts/$id", component: AccountPage }),
  ],
};
