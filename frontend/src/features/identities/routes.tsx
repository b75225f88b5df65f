import { createRoute } from "@tanstack/react-router";
import type { Feature } from "../../lib/feature";
import { rootRoute } from "../../lib/rootRoute";
import { AccountPage } from "./AccountPage";
import { CasesPage } from "./CasesPage";
import { IdentitiesPage } from "./IdentitiesPage";
import { IdentityPage } from "./IdentityPage";
import { OwnershipPage } from "./OwnershipPage";

const root = () => rootRoute;

export const identitiesFeature: Feature = {
  id: "identities",
  label: "Identities",
  icon: "identities",
  group: "see",
  past: "shown",
  path: "/identities",
  count: "identities",
  commands: [
    { label: "Cases: whose account is this?", path: "/identities/cases" },
    { label: "Owners of service accounts", path: "/identities/owners" },
  ],
  routes: [
    createRoute({ getParentRoute: root, path: "/identities", component: IdentitiesPage }),
    createRoute({ getParentRoute: root, path: "/identities/cases", component: CasesPage }),
    createRoute({ getParentRoute: root, path: "/identities/owners", component: OwnershipPage }),
    createRoute({ getParentRoute: root, path: "/identities/$id", component: IdentityPage }),
    createRoute({ getParentRoute: root, path: "/identities/accounts/$id", component: AccountPage }),
  ],
};
