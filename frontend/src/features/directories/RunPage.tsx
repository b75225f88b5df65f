import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { progressText, useCancelRun } from "../../api/runs";
import { useMay } from "../../api/session";
import { useAddress, useParam } from "../../lib/address";
import { useNow } from "../../lib/clock";
import { countedText } from "../../lib/coverage";
import { dayClockText } from "../../lib/moment";
import { countText } from "../../lib/number";
import { EntityLink, PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Tabs } from "../../ui/Tabs";
import { When } from "../../ui/When";
import { type RunDetail, runQuery } from "./queries";
import { RunChanges } from "./RunChanges";
import { RunSummary } from "./RunSummary";
import { runWords } from "./runWords";
import { SkippedRows } from "./SkippedRows";

export const runAddress = z.object({
  tab: z.enum(["summary", "changes", "skipped"]).catch("summary"),
});

/** One read of one directory: how it stands, what it brought, and why it stopped. */
export function RunPage() {
  const run = useQuery(runQuery(useParam("id")));
  if (run.data) return <RunView run={run.data} />;
  return (
    <>
      <PageHead title="Run" crumb={<PageLink to="/directories">Directories</PageLink>} />
      {run.error ? (
        <ErrorState error={run.error} what="The run could not be read." onRetry={() => void run.refetch()} />
      ) : (
        <LoadingRows />
      )}
    </>
  );
}

function RunView({ run }: { run: RunDetail }) {
  const [{ tab }, setAddress] = useAddress(runAddress);
  const now = useNow();
  const cancel = useCancelRun();
  const mayRead = useMay("source.read");
  const { tone, word, means } = runWords[run.state];
  const changes = run.counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <PageHead
        title={`Run of ${dayClockText(new Date(run.startedAt), now)}`}
        crumb={
          <>
            <PageLink to="/directories">Directories</PageLink> / <EntityLink entity={run.source} />
          </>
        }
        beside={
          <>
            <Status tone={tone} title={means}>
              {word}
            </Status>
            <span className="t2">{run.state === "reading" ? progressText(run) : countedText(run)}</span>
          </>
        }
        acts={
          <>
            <span className="age">
              {run.endedAt ? "ended" : "started"} <When at={run.endedAt ?? run.startedAt} age="ago" />
            </span>
            {run.event !== undefined && changes > 0 && (
              <PageLink
                to="/history"
                search={{
                  span: "reads",
                  from: `#${run.event - 1}`,
                  to: `#${run.event}`,
                  source: run.source.id,
                }}
                className="btn"
              >
                What changed in this read
              </PageLink>
            )}
          </>
        }
      />
      {run.state === "reading" && (
        <div className="pad" style={{ paddingTop: 0 }}>
          <ProgressLine
            label={progressText(run)}
            done={run.progress ?? 0}
            {...(mayRead && { onCancel: () => cancel.mutate(run.id) })}
          />
        </div>
      )}
      <Tabs
        label="Parts of the run"
        panel="run-part"
        value={tab}
        onChange={(next) => setAddress({ tab: next })}
        tabs={[
          { value: "summary", label: "Summary" },
          { value: "changes", label: "Changes", count: countText(changes) },
          { value: "skipped", label: "Skipped", count: countText(run.skipped) },
        ]}
      />
      {tab === "changes" ? (
        <div id="run-part" role="tabpanel" aria-label="Changes" className="list grow">
          <RunChanges run={run} />
        </div>
      ) : (
        <Scroll label={word}>
          <div id="run-part" role="tabpanel" aria-label={tab === "summary" ? "Summary" : "Skipped"}>
            {tab === "summary" ? <RunSummary run={run} /> : <SkippedRows run={run} />}
          </div>
        </Scroll>
      )}
    </>
  );
}
