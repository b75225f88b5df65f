import { useQuery } from "@tanstack/react-query";
import { progressText, useCancelRun, useStartRuns } from "../../api/runs";
import { useGo } from "../../lib/address";
import { readText, unitText } from "../../lib/coverage";
import { entityPath } from "../../lib/entity";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/Links";
import { Note, PageHead, Scroll } from "../../ui/Page";
import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Wizard, type WizardStep } from "../../ui/Wizard";
import { remedyOf, type Source, sourceQuery } from "./queries";
import { runWords } from "./runWords";

/** The last step: the source is saved and is being read; then what came of it. */
export function FirstRead({
  id,
  name,
  startError,
  steps,
}: {
  id: string;
  name: string;
  startError: unknown;
  steps: WizardStep[];
}) {
  const go = useGo();
  const source = useQuery(sourceQuery(id));
  const again = useStartRuns();
  const run = source.data?.newest;
  const error = again.error ?? (run ? undefined : startError);
  const read = () => again.mutate({ sources: [id] });
  return (
    <>
      <PageHead title={`${name} is connected`} />
      <Wizard
        steps={steps}
        at={steps.length - 1}
        forward="Open the directory"
        onForward={() => go(entityPath({ kind: "source", id }))}
        reason={undefined}
      >
        <Scroll label="The first read">
          <div className="pad stack prose">
            {error ? (
              <ErrorState
                error={error}
                what="The directory is saved, but the read could not be started."
                onRetry={read}
              />
            ) : source.data && run ? (
              <Outcome source={source.data} onRead={read} />
            ) : (
              <LoadingRows rows={2} />
            )}
          </div>
        </Scroll>
      </Wizard>
    </>
  );
}

function Outcome({ source, onRead }: { source: Source; onRead(): void }) {
  const cancel = useCancelRun();
  const run = source.newest;
  if (!run) return null;
  const look = (
    <PageLink to={entityPath({ kind: "run", id: run.id })} className="btn">
      Look at run
    </PageLink>
  );
  if (run.state === "reading")
    return (
      <>
        <ProgressLine
          label={progressText(run)}
          done={run.progress ?? 0}
          onCancel={() => cancel.mutate(run.id)}
        />
        <p className="t2">You may leave; the read goes on.</p>
      </>
    );
  const { tone, word, means } = runWords[run.state];
  if (run.state === "applied" || run.state === "released")
    return (
      <>
        <p className="row">
          <Status tone={tone}>{word}</Status>
          <span className="t2">
            {readText(run)}
            {run.skipped > 0 && (
              <>
                ,{" "}
                <PageLink
                  to={entityPath({ kind: "run", id: run.id })}
                  search={{ tab: "skipped" }}
                  className="n"
                >
                  {unitText(run.skipped, run.unit)} could not be used
                </PageLink>
              </>
            )}
            ; {plural(source.accounts, "account")}, {plural(source.groups, "group")},{" "}
            {plural(source.memberships, "membership")}
          </span>
        </p>
        <div className="row">
          <PageLink to="/identities" search={{ source: source.id }} className="btn primary">
            Open identities
          </PageLink>
          {look}
        </div>
      </>
    );
  return (
    <>
      <Note tone={run.state === "partial" ? "danger" : "warn"}>
        <b className="b">
          <Status tone={tone}>{word}</Status>
        </b>
        <br />
        {run.error ?? means} {remedyOf(source)}
      </Note>
      <div className="row">
        {run.state !== "held" && (
          <Button icon="refresh" onClick={onRead}>
            Read again
          </Button>
        )}
        {look}
      </div>
    </>
  );
}
