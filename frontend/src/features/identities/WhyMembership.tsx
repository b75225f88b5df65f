import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Schema } from "../../api/client";
import { useNow } from "../../lib/clock";
import { useKey } from "../../lib/keys";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { CodeBlock, CopyButton } from "../../ui/Copy";
import { PathText } from "../../ui/PathText";
import { ErrorState, LoadingRows } from "../../ui/States";
import { asGraph, asText, summary } from "./explain";
import { explanationQuery } from "./queries";

const PathGraph = lazy(() => import("../../ui/PathGraph"));
const shownPaths = 5;

/** Why an account is in a group: in words, as a graph, as text to copy, and as commands that prove it. */
export function WhyMembership({
  membership,
  danger,
  onClose,
}: {
  membership: Schema<"Membership">;
  danger: boolean;
  onClose(): void;
}) {
  const { group, account } = membership;
  const explanation = useQuery(explanationQuery(account.id, group.id));
  const [proof, setProof] = useState(false);
  const [all, setAll] = useState(false);
  useKey("Escape", "Close the explanation", "Membership", onClose);
  const now = useNow();
  const data = explanation.data;
  const graph = useMemo(() => data && asGraph(data, danger, now), [data, danger, now]);
  const paths = data ? (all ? data.paths : data.paths.slice(0, shownPaths)) : [];
  const starts = data && {
    kind: data.account.kind,
    id: data.account.id,
    name: data.account.detail || data.account.name,
  };
  return (
    <section className="whybox" aria-label={`Why ${group.name}?`} data-pane="why">
      <div className="chips tall">
        <h2>
          Why <bdi>{group.name}</bdi>?
        </h2>
        <span className="t2 ell">{data && summary(data)}</span>
        <span className="grow" />
        {data && <CopyButton text={() => asText(data)} label="Copy as text" />}
        {data?.prove && (
          <Button size="sm" aria-expanded={proof} onClick={() => setProof(!proof)}>
            Prove with ldapsearch
          </Button>
        )}
        <Button size="sm" look="ghost" icon="x" aria-label="Close the explanation" onClick={onClose} />
      </div>
      {explanation.isError ? (
        <ErrorState
          error={explanation.error}
          what="The paths could not be read."
          onRetry={() => void explanation.refetch()}
        />
      ) : !data || !graph ? (
        <LoadingRows rows={2} />
      ) : (
        <>
          {proof && (
            <div className="pad">
              <CodeBlock text={data.prove} label="The same question for ldapsearch" lines />
            </div>
          )}
          <Suspense fallback={<LoadingRows rows={2} />}>
            <PathGraph boxes={graph.boxes} arrows={graph.arrows} describe={asText(data)} />
          </Suspense>
          {starts && (
            <ol className="paths" aria-label="Paths">
              {paths.map((path, at) => (
                <li key={path.map((step) => step.id).join(">")}>
                  <span className="t3">{at + 1}</span>
                  <PathText path={[starts, ...path]} wrap />
                </li>
              ))}
            </ol>
          )}
          {data.paths.length > paths.length && (
            <p className="paths">
              <button type="button" className="sm link" onClick={() => setAll(true)}>
                {countText(data.paths.length - paths.length)} more paths
              </button>
            </p>
          )}
          {data.morePaths && (
            <p className="paths sm t3">More than these paths exist; the graph draws them all.</p>
          )}
        </>
      )}
    </section>
  );
}
