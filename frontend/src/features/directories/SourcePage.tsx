import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { expectedOf, progressText, useCancelRun, useStartRuns } from "../../api/runs";
import { useMay } from "../../api/session";
import { useParam } from "../../lib/address";
import { coverageText, statusWords } from "../../lib/coverage";
import { entityPath } from "../../lib/entity";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/Links";
import { Band, PageHead, Scroll } from "../../ui/Page";
import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Status } from "../../ui/Status";
import { remedyOf, type Source, sourceQuery } from "./queries";
import { RemoveSource } from "./RemoveSource";
import { ScheduleCard } from "./ScheduleCard";
import { SourceFacts } from "./SourceFacts";
import { SourceRuns } from "./SourceRuns";

const crumb = <PageLink to="/directories">Directories</PageLink>;

/** One connected directory: what is known of it, how it is read, and the acts on it. */
export function SourcePage() {
  const source = useQuery(sourceQuery(useParam("id")));
  if (source.data) return <SourceView source={source.data} />;
  return (
    <>
      <PageHead title="Directory" crumb={crumb} />
      {source.error ? (
        <ErrorState
          error={source.error}
          what="The directory could not be read."
          onRetry={() => void source.refetch()}
        />
      ) : (
        <LoadingRows />
      )}
    </>
  );
}

function SourceView({ source }: { source: Source }) {
  const { tone, word } = statusWords[source.status];
  return (
    <>
      <PageHead
        title={source.name}
        crumb={crumb}
        beside={
          <>
            <Status tone={tone}>{word}</Status>
            {source.status === "complete" && (
              <span className="t2 ell" title={coverageText(source)}>
                {coverageText(source)}
              </span>
            )}
          </>
        }
        acts={<Acts source={source} />}
      />
      <NewerRun source={source} />
      <Scroll label={source.name}>
        <div className="cols page">
          <div>
            <SourceRuns source={source} />
          </div>
          <div>
            <ScheduleCard source={source} />
            <SourceFacts source={source} />
            <Removal source={source} />
          </div>
        </div>
      </Scroll>
    </>
  );
}

function Acts({ source }: { source: Source }) {
  const mayRead = useMay("source.read");
  const mayManage = useMay("source.manage");
  const start = useStartRuns();
  const reading = source.newest?.state === "reading";
  const busy = reading ? "It is being read." : start.isPending && "Starting.";
  return (
    <>
      <PageLink to={`/directories/${source.id}/matching`} className="btn">
        Matching…
      </PageLink>
      {mayManage && (
        <PageLink to={`/directories/${source.id}/change`} className="btn">
          Change…
        </PageLink>
      )}
      {mayRead && (
        <>
          <Button
            reason={busy}
            title="Reads and shows what would change; applies nothing"
            onClick={() => start.mutate({ sources: [source.id], preview: true })}
          >
            Preview
          </Button>
          {source.lastComplete && (
            <Button
              reason={busy}
              title="Reads the changes, then everything, and says what the reads of changes had missed"
              onClick={() => start.mutate({ sources: [source.id], full: true })}
            >
              Read everything
            </Button>
          )}
          <Button
            look="primary"
            icon="refresh"
            reason={busy}
            onClick={() => start.mutate({ sources: [source.id] })}
          >
            Read now
          </Button>
        </>
      )}
      {Boolean(start.error) && <ErrorToast error={start.error} />}
    </>
  );
}

/** The one act that ends a source, apart from those that are used each day. */
function Removal({ source }: { source: Source }) {
  const mayManage = useMay("source.manage");
  const [removing, setRemoving] = useState(false);
  if (!mayManage) return null;
  return (
    <div className="pad">
      <Button look="danger" onClick={() => setRemoving(true)}>
        Remove source…
      </Button>
      <RemoveSource source={source} opened={removing} onClose={() => setRemoving(false)} />
    </div>
  );
}

function ErrorToast({ error }: { error: unknown }) {
  return (
    <span role="alert" className="sm c-danger ell" title={String(error)}>
      The read could not be started: {error instanceof Error ? error.message : String(error)}
    </span>
  );
}

/** One line about a run that is newer than what is shown, with the way in. */
function NewerRun({ source }: { source: Source }) {
  const cancel = useCancelRun();
  const mayRead = useMay("source.read");
  const { newest, lastComplete, status } = source;
  if (newest?.state === "reading")
    return (
      <div className="pad" style={{ paddingTop: 0 }}>
        <ProgressLine
          label={progressText(newest, lastComplete)}
          done={newest.progress ?? 0}
          total={expectedOf(newest, lastComplete)}
          {...(mayRead && { onCancel: () => cancel.mutate(newest.id) })}
        />
      </div>
    );
  const said = {
    held: "A newer run is held. What you see is the last complete read.",
    partial: `The newest run did not finish: ${newest?.error ?? source.statusText}`,
    configChanged:
      "Its configuration changed. The next read shows what would change and waits for you to release it.",
    stale: "Its last complete read is old.",
    never: undefined,
    complete: undefined,
    reading: undefined,
  }[status];
  if (!said) return null;
  return (
    <Band tone="warn">
      <span className="wrap">
        {said} {remedyOf(source) && <span className="t2">{remedyOf(source)}</span>}
      </span>
      <span className="grow" />
      {newest && newest.id !== lastComplete?.id && (
        <PageLink to={entityPath({ kind: "run", id: newest.id })} className="btn sm">
          Look at run
        </PageLink>
      )}
    </Band>
  );
}
