import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import { useMay } from "../../api/session";
import { useGo } from "../../lib/address";
import { Button } from "../../ui/Button";
import { PageHead, Scroll } from "../../ui/Page";
import { EmptyState, ErrorState } from "../../ui/States";

/** Shows the demo company: where it has an address of its own there, else here after a reload. */
export function showDemo(opened: { url?: string }, here: Pick<Location, "assign" | "reload">): void {
  if (opened.url) here.assign(opened.url);
  else here.reload();
}

/** Nothing is connected yet: two ways to begin. */
export function FirstStart() {
  const go = useGo();
  const client = useQueryClient();
  const mayConnect = useMay("source.manage");
  const mayOpen = useMay("console.manage");
  const demo = useMutation({
    mutationFn: () => dataOf(api.POST("/demo/open")),
    onSuccess: (opened) => {
      client.clear();
      showDemo(opened, window.location);
    },
  });
  if (!mayConnect && !mayOpen)
    return (
      <>
        <PageHead title="Overview" />
        <EmptyState>
          No directory is connected yet. Connecting one needs the permission source.manage; a local
          administrator of this computer has it.
        </EmptyState>
      </>
    );
  return (
    <>
      <PageHead title="Welcome to Gatehouse" />
      <Scroll label="Two ways to begin">
        <p className="t2 prose" style={{ padding: "0 24px 16px" }}>
          No directory is connected yet, so there is nothing to answer from.
        </p>
        <div className="ways">
          {mayConnect && (
            <section>
              <h2>Connect a directory</h2>
              <p>
                Gatehouse reads it and cannot change it. Before the first read you see what it finds, which
                rights are missing, and what your watchers will see.
              </p>
              <Button look="primary" size="lg" onClick={() => go("/directories/connect")}>
                Connect a directory…
              </Button>
            </section>
          )}
          {mayOpen && (
            <section>
              <h2>Try the demo company</h2>
              <p>
                Halden Instruments is invented: about 400 people, with the problems real directories have. It
                has a data folder of its own; nothing of it mixes with yours.
              </p>
              <Button size="lg" reason={demo.isPending && "Opening."} onClick={() => demo.mutate()}>
                Open the demo company
              </Button>
            </section>
          )}
        </div>
        {demo.isPending && (
          <p className="pad t2" role="status">
            Preparing the demo company; the first time takes a few seconds.
          </p>
        )}
        {demo.error && (
          <ErrorState
            error={demo.error}
            what="The demo company could not be opened."
            onRetry={() => demo.mutate()}
          />
        )}
      </Scroll>
    </>
  );
}
