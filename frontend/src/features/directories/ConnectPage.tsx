import { useQuery } from "@tanstack/react-query";
import { sessionQuery, useMay } from "../../api/session";
import { useGo, useParam } from "../../lib/address";
import { PageLink } from "../../ui/Links";
import { PageHead } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { ConnectWizard } from "./ConnectWizard";
import { draftOf, emptyDraft } from "./draft";
import { FileWizard } from "./FileWizard";
import { sourceQuery } from "./queries";

/** Connects a directory, step by step. The demo company and real data never share a data folder. */
export function ConnectPage() {
  const title = "Connect a directory";
  if (useQuery(sessionQuery).data?.demo)
    return (
      <>
        <PageHead title={title} crumb={<PageLink to="/directories">Directories</PageLink>} />
        <EmptyState>
          This is the demo company&apos;s own data folder; no real directory is connected to it. Start
          Gatehouse without the demo to connect yours.
        </EmptyState>
      </>
    );
  return (
    <Allowed title={title}>
      <ConnectWizard start={emptyDraft} />
    </Allowed>
  );
}

/** Changes how a connected directory is reached or understood, by the same steps. */
export function ChangePage() {
  const id = useParam("id");
  const go = useGo();
  const source = useQuery(sourceQuery(id));
  const title = "Change a directory";
  return (
    <Allowed title={title}>
      {source.data?.kind === "file" ? (
        <FileWizard key={id} start={draftOf(source.data)} changing={source.data.name} />
      ) : source.data ? (
        <ConnectWizard
          key={id}
          start={draftOf(source.data)}
          changing={source.data.name}
          onSaved={() => go(`/directories/${id}`)}
        />
      ) : (
        <>
          <PageHead title={title} />
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
      )}
    </Allowed>
  );
}

function Allowed({ title, children }: { title: string; children: React.ReactNode }) {
  const may = useMay("source.manage");
  if (may) return children;
  return (
    <>
      <PageHead title={title} crumb={<PageLink to="/directories">Directories</PageLink>} />
      {may === false ? (
        <EmptyState>
          This needs the permission source.manage, which a local administrator of this computer has.
        </EmptyState>
      ) : (
        <LoadingRows />
      )}
    </>
  );
}
