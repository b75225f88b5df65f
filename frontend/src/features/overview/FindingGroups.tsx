import { useQuery } from "@tanstack/react-query";
import { useMay } from "../../api/session";
import { countText, plural } from "../../lib/number";
import { PageLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { CauseTable } from "./CauseTable";
import { type Overview, topQuery } from "./queries";

const shown = 10;

/** What the checks noticed, one line a cause, riskiest first. */
export function FindingGroups({ overview }: { overview: Overview }) {
  const { findingTotal } = overview;
  const top = useQuery(topQuery(shown));
  const mayAccept = useMay("finding.manage") === true;
  return (
    <Section
      title="Riskiest findings"
      beside={
        findingTotal > 0 && `${countText(findingTotal)} in ${plural(overview.findings.length, "group")}`
      }
      aside={
        findingTotal > 0 && (
          <span className="row">
            {mayAccept && (
              <PageLink to="/findings" search={{ baseline: "new" }} className="why">
                Accept as baseline…
              </PageLink>
            )}
            <PageLink to="/findings" search={{ view: "list" }} className="why">
              All findings
            </PageLink>
          </span>
        )
      }
      top={false}
    >
      {findingTotal === 0 ? (
        <EmptyState>
          {overview.sources.some((source) => source.lastComplete)
            ? "No check noticed anything in the last read."
            : "The checks run after the first read that is applied."}
        </EmptyState>
      ) : top.data ? (
        <CauseTable causes={top.data} sources={overview.sources} />
      ) : top.error ? (
        <ErrorState
          error={top.error}
          what="The riskiest findings could not be read."
          onRetry={() => void top.refetch()}
        />
      ) : (
        <LoadingRows rows={6} />
      )}
    </Section>
  );
}
