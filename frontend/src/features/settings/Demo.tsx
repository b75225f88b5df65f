import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useStartRuns } from "../../api/runs";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { PageLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { ErrorState } from "../../ui/States";

/** A day's changes in the demo company, and back to its beginning. */
export function Demo() {
  const client = useQueryClient();
  const read = useStartRuns();
  const [asking, setAsking] = useState(false);
  const readAll = async () => {
    const sources = await dataOf(api.GET("/sources"));
    return read.mutateAsync({ sources: sources.map((source) => source.id) });
  };
  const today = useMutation({ mutationFn: () => api.POST("/demo/today").then(readAll) });
  const reset = useMutation({
    mutationFn: () => api.POST("/demo/reset"),
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries();
    },
  });
  const run = today.data?.[0];
  return (
    <Section title="Demo company" beside="Halden Instruments is invented">
      <div className="pad stack prose" style={{ paddingTop: 0 }}>
        <p className="t2">
          Today&apos;s changes put a nested group where it should not be, among other things. They are made in
          the demo directory, which is then read.
        </p>
        <div className="row">
          <Button reason={today.isPending && "Under way."} onClick={() => today.mutate()}>
            Play today&apos;s changes
          </Button>
          <Button look="danger" onClick={() => setAsking(true)}>
            Reset demo…
          </Button>
          {run && (
            <span role="status" className="t2">
              Made.{" "}
              <PageLink to={`/directories/runs/${run.id}`} className="why">
                Look at run
              </PageLink>
            </span>
          )}
        </div>
        {today.error && (
          <ErrorState
            error={today.error}
            what="Today's changes were not all made and read."
            onRetry={() => today.mutate()}
          />
        )}
        <ConfirmDialog
          opened={asking}
          title="Reset the demo company?"
          act="Reset demo"
          look="final"
          busy={reset.isPending}
          error={reset.error}
          onConfirm={() => reset.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            The demo directory goes back to its beginning. What was read of it stays until the next read. Your
            own data folder is not touched. There is no undo.
          </p>
        </ConfirmDialog>
      </div>
    </Section>
  );
}
