import { useQuery } from "@tanstack/react-query";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { CauseTable } from "./CauseTable";
import { sourcesQuery, topQuery } from "./queries";

const twenty = 20;

/** The riskiest twenty, what has one cause together. */
export function TopFindings() {
  const top = useQuery(topQuery(twenty));
  const sources = useQuery(sourcesQuery).data;
  if (top.data)
    return top.data.length > 0 ? (
      <CauseTable causes={top.data} sources={sources} wide />
    ) : (
      <EmptyState>No check noticed anything in the last read.</EmptyState>
    );
  if (top.error)
    return (
      <ErrorState
        error={top.error}
        what="The riskiest findings could not be read."
        onRetry={() => void top.refetch()}
      />
    );
  return <LoadingRows rows={12} />;
}
