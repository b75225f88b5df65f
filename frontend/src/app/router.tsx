import {
  createHashHistory,
  createRouter,
  type ErrorComponentProps,
  type RouterHistory,
  retainSearchParams,
} from "@tanstack/react-router";
import { pastParam } from "../lib/past";
import { rootRoute } from "../lib/rootRoute";
import { parseSearch, stringifySearch } from "../lib/search";
import { ErrorPage, NotFoundPage } from "../ui/ErrorPage";
import { features } from "./features";
import { Shell } from "./Shell";

function Failed({ error, reset }: ErrorComponentProps) {
  return <ErrorPage error={error} what="The rest of Gatehouse works on." retry={reset} />;
}

rootRoute.update({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: Failed,
  // The moment that is shown stays, wherever a link leads.
  search: { middlewares: [retainSearchParams([pastParam] as never[])] },
});

/** The router of the console. Paths live behind the #, for the window can load only one document. */
export function newRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({
    routeTree: rootRoute.addChildren(features.flatMap((feature) => feature.routes)),
    history,
    parseSearch,
    stringifySearch,
    defaultErrorComponent: Failed,
    defaultNotFoundComponent: NotFoundPage,
    defaultPreload: false,
  });
}
