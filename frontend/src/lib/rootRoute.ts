import { createRootRoute } from "@tanstack/react-router";

/** The bare root every feature hangs its routes on; `app` gives it the shell. */
export const rootRoute = createRootRoute();
