import { ApiError } from "../lib/problem";
import { Button } from "./Button";
import { PageLink } from "./Links";
import { PageHead } from "./Page";
import { EmptyState, ErrorState } from "./States";

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <>
      <PageHead title="No such page" />
      <EmptyState
        act={
          <PageLink to="/" className="btn">
            Go to the first page
          </PageLink>
        }
      >
        This address leads to no page. The record it names may be gone, or the address was cut short.
      </EmptyState>
    </>
  );
}

/**
 * In the place of a whole page: not found, not allowed (the server's words say which permission and who can give
 * it), or failed. The shell around it works on.
 */
export function ErrorPage({ error, what, retry }: { error: unknown; what: string; retry?: () => void }) {
  if (error instanceof ApiError && error.problem.kind === "notFound") return <NotFoundPage />;
  if (error instanceof ApiError && error.problem.kind === "denied")
    return (
      <>
        <PageHead title="Not allowed" />
        <EmptyState act={retry && <Button onClick={retry}>Try again</Button>}>
          {error.problem.detail} {error.problem.remedy}
        </EmptyState>
      </>
    );
  return (
    <>
      <PageHead title="This page failed" />
      <ErrorState error={error} what={what} {...(retry && { onRetry: retry })} />
    </>
  );
}
