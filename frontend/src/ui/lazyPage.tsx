import { type ComponentType, useEffect, useState } from "react";
import { ApiError } from "../lib/problem";
import { ErrorPage } from "./ErrorPage";
import { LoadingRows } from "./States";

const missing = new ApiError({
  title: "No answer",
  detail: "Gatehouse did not answer when this page was opened for the first time.",
  status: 0,
  kind: "unreachable",
  remedy: "Is it still running? Pages that were open before can still be looked at.",
});

/** The code of a page: here, or to be fetched. */
interface Code {
  here: ComponentType | undefined;
  fetch(): Promise<ComponentType>;
}

function Lazy({ code }: { code: Code }) {
  const [Page, setPage] = useState(() => code.here);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (Page || failed) return;
    let left = false;
    code.fetch().then(
      (page) => left || setPage(() => page),
      () => left || setFailed(true),
    );
    return () => {
      left = true;
    };
  }, [Page, failed, code]);
  if (Page) return <Page />;
  if (failed)
    return <ErrorPage error={missing} what="This page could not be read." retry={() => setFailed(false)} />;
  return <LoadingRows />;
}

// Why a page is not here is told in its place.
const nothing = () => {};

/**
 * A page whose code comes when it is first asked for. Where it cannot come, the page says so and tries again when
 * told to; the router's own kind would load the document anew, and lose the rest of the console with it. The router
 * waits for `preload`, so that the last page stays in sight until this one can be shown.
 */
export function lazyPage(load: () => Promise<ComponentType>) {
  const code: Code = {
    here: undefined,
    fetch: async () => {
      code.here ??= await load();
      return code.here;
    },
  };
  return Object.assign(() => <Lazy code={code} />, { preload: () => code.fetch().then(nothing, nothing) });
}
