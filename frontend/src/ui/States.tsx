import type { ReactNode } from "react";
import { useDelayed } from "../lib/delayed";
import { problemOf } from "../lib/problem";
import { Button } from "./Button";

/** One sentence why there is nothing, and at most one act. */
export function EmptyState({ children, act }: { children: ReactNode; act?: ReactNode }) {
  return (
    <div className="state">
      <p className="t2">{children}</p>
      {act}
    </div>
  );
}

/** In the place of the thing that failed: what failed, what is still true, one remedy, and a retry. */
export function ErrorState({ error, what, onRetry }: { error: unknown; what: string; onRetry?: () => void }) {
  const problem = problemOf(error);
  return (
    <div className="state" role="alert">
      <p className="note danger">
        <b className="b">{what}</b>
        <br />
        {problem.detail}
        {problem.remedy && (
          <>
            <br />
            {problem.remedy}
          </>
        )}
      </p>
      {onRetry && (
        <Button size="sm" icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Grey bars in the place of rows, after 300 ms, so that a fast answer does not flicker. */
export function LoadingRows({ rows = 8, label = "Loading" }: { rows?: number; label?: string }) {
  const shown = useDelayed(300);
  return (
    <div role="status" aria-label={label}>
      {shown &&
        Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike
          <div key={row} className="pad" style={{ paddingBlock: 11, borderBottom: "1px solid var(--line)" }}>
            <span className="bar" style={{ width: `${38 - ((row * 7) % 20)}%` }} />
          </div>
        ))}
    </div>
  );
}

/** Long work: a count, a line, and Cancel. Without a total the line only moves. */
export function ProgressLine({
  label,
  done,
  total,
  onCancel,
}: {
  /** Counted out: "1,204 entries read". */
  label: ReactNode;
  done: number;
  total?: number | undefined;
  onCancel?: () => void;
}) {
  const known = total !== undefined && total > 0;
  return (
    <div className="row">
      <div className="grow">
        <div className="sm t2" aria-live="polite">
          {label}
        </div>
        <div
          className={known ? "progress" : "progress open"}
          role="progressbar"
          aria-label="Progress"
          {...(known && { "aria-valuenow": done, "aria-valuemin": 0, "aria-valuemax": total })}
        >
          <i style={known ? { width: `${Math.min(100, (done / total) * 100)}%` } : undefined} />
        </div>
      </div>
      {onCancel && (
        <Button size="sm" onClick={onCancel}>
          Cancel
        </Button>
      )}
    </div>
  );
}
