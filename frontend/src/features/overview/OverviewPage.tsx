import { useQuery } from "@tanstack/react-query";
import { sessionQuery, useMay } from "../../api/session";
import { NumberLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { CannotSee } from "./CannotSee";
import { Charts } from "./Charts";
import { FindingGroups } from "./FindingGroups";
import { FirstStart } from "./FirstStart";
import { PrivilegedChanges } from "./PrivilegedChanges";
import { type Overview, overviewQuery } from "./queries";
import { ReadingLines, ReadNow } from "./ReadNow";
import { SourcesTable } from "./SourcesTable";

/** What is there, how fresh it is, what changed among the powerful, and what cannot be seen. */
export function OverviewPage() {
  const session = useQuery(sessionQuery);
  const overview = useQuery(overviewQuery);
  const mayRead = useMay("source.read") === true;
  if (session.data?.firstStart) return <FirstStart />;
  const { data } = overview;
  return (
    <>
      <PageHead
        title="Overview"
        beside={data && <Counts overview={data} />}
        acts={mayRead && data && data.sources.length > 0 && <ReadNow sources={data.sources} />}
      />
      {data ? (
        <Scroll label="Overview">
          <ReadingLines sources={data.sources} mayCancel={mayRead} />
          <PrivilegedChanges overview={data} />
          <div className="cols page">
            <div>
              <SourcesTable sources={data.sources} />
              <FindingGroups overview={data} />
            </div>
            <div>
              <Charts overview={data} />
              <CannotSee overview={data} />
            </div>
          </div>
        </Scroll>
      ) : overview.error ? (
        <ErrorState
          error={overview.error}
          what="The overview could not be read."
          onRetry={() => void overview.refetch()}
        />
      ) : (
        <LoadingRows rows={12} />
      )}
    </>
  );
}

function Counts({ overview }: { overview: Overview }) {
  return (
    <span className="kpi">
      <NumberLink value={overview.identities} to="/identities" label="identities" /> identities ·{" "}
      <NumberLink value={overview.accounts} to="/identities" search={{ type: "account" }} label="accounts" />{" "}
      accounts · <NumberLink value={overview.groups} to="/groups" label="groups" /> groups ·{" "}
      <NumberLink value={overview.memberships} to="/groups" label="memberships, by group" /> memberships
    </span>
  );
}
