import { useQuery } from "@tanstack/react-query";
import { sessionQuery, useMay } from "../../api/session";
import type { Column } from "../../lib/columns";
import { Coverage } from "../../ui/Coverage";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { placeOf } from "./fileDraft";
import { type Source, sourcesQuery } from "./queries";

const columns: Column<Source>[] = [
  {
    id: "name",
    header: "Directory",
    width: 196,
    cell: (source) => (
      <EntityLink entity={{ kind: "source", id: source.id, name: source.name, detail: source.name }} strong />
    ),
  },
  {
    id: "kind",
    header: "Kind",
    width: 152,
    wideOnly: true,
    cell: (source) => (
      <span className="t2" title={source.server}>
        {(!source.config.file && source.server.split(" at ")[0]) || source.kindTitle}
      </span>
    ),
  },
  {
    id: "address",
    header: "Address",
    width: 176,
    wideOnly: true,
    cell: (source) => (
      <span className="mono t2" title={placeOf(source)}>
        {placeOf(source)}
      </span>
    ),
  },
  {
    id: "accounts",
    header: "Accounts",
    width: 96,
    align: "right",
    cell: (source) => (
      <NumberLink
        value={source.accounts}
        to="/identities"
        search={{ type: "account", source: source.id }}
        label={`accounts of ${source.name}`}
      />
    ),
  },
  {
    id: "groups",
    header: "Groups",
    width: 76,
    align: "right",
    cell: (source) => (
      <NumberLink
        value={source.groups}
        to="/groups"
        search={{ source: source.id }}
        label={`groups of ${source.name}`}
      />
    ),
  },
  {
    id: "read",
    header: "Last complete read",
    width: 152,
    cell: (source) =>
      source.lastComplete?.endedAt ? (
        <When at={source.lastComplete.endedAt} form="near" age="ago" />
      ) : (
        <Word>never</Word>
      ),
  },
  {
    id: "next",
    header: "Next read",
    width: 96,
    wideOnly: true,
    cell: (source) =>
      source.watched ? "live" : source.next ? <When at={source.next} form="near" /> : <Word>by hand</Word>,
  },
  { id: "coverage", header: "Coverage", cell: (source) => <Coverage source={source} /> },
];

/** The connected directories and how fresh their answers are. */
export function DirectoriesPage() {
  const sources = useQuery(sourcesQuery);
  const mayManage = useMay("source.manage");
  const demo = useQuery(sessionQuery).data?.demo;
  const connect = mayManage && !demo && (
    <PageLink to="/directories/connect" className="btn primary">
      Connect a directory…
    </PageLink>
  );
  const some = sources.data && sources.data.length > 0;
  return (
    <>
      <PageHead title="Directories" acts={some && connect} />
      <Scroll label="Directories">
        {some ? (
          <div className="lift">
            <Table label="Directories" columns={columns} rows={sources.data} rowKey={(source) => source.id} />
          </div>
        ) : sources.data ? (
          <EmptyState act={connect}>
            No directory is connected yet, so there is nothing to answer from.
          </EmptyState>
        ) : sources.error ? (
          <ErrorState
            error={sources.error}
            what="The directories could not be read."
            onRetry={() => void sources.refetch()}
          />
        ) : (
          <LoadingRows />
        )}
      </Scroll>
    </>
  );
}
