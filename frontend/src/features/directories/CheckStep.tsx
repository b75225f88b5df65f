import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { ResultRows } from "./CheckResult";
import type { Draft } from "./draft";
import { Samples } from "./Samples";
import type { Check } from "./useCheck";
import { Watchers } from "./Watchers";

/** What the check found, what the directory's watchers will see, and entries as they will look. */
export function CheckStep({
  draft,
  check,
  onFingerprint,
  onCaFile,
}: {
  draft: Draft;
  check: Check;
  /** Confirms a certificate by its fingerprint, or takes that back. */
  onFingerprint(fingerprint: string | undefined): void;
  onCaFile(): void;
}) {
  const { report } = check;
  return (
    <>
      {check.pending && (
        <div className="pad">
          <ProgressLine label={`Asking ${draft.config.url}`} done={0} onCancel={check.cancel} />
        </div>
      )}
      {Boolean(check.error) && !check.pending && (
        <ErrorState
          error={check.error}
          what="The check could not be done."
          onRetry={() => check.run(draft)}
        />
      )}
      {report ? (
        <>
          <div className={report.watchers.volume ? "chk" : "chk alone"}>
            <table className="table plain" aria-label="What the check found">
              <colgroup>
                <col style={{ width: 120 }} />
                <col style={{ width: 124 }} />
                <col />
                <col style={{ width: 144 }} />
              </colgroup>
              <tbody>
                {report.results.map((result, at) => (
                  <ResultRows
                    // biome-ignore lint/suspicious/noArrayIndexKey: results have no name of their own and never move
                    key={at}
                    result={result}
                    confirmed={
                      draft.config.fingerprint !== undefined &&
                      draft.config.fingerprint === result.fingerprint
                    }
                    busy={check.pending}
                    onFingerprint={onFingerprint}
                    onCaFile={onCaFile}
                  />
                ))}
              </tbody>
            </table>
            {report.watchers.volume && <Watchers report={report} url={draft.config.url} />}
          </div>
          {report.samples.length > 0 && <Samples samples={report.samples} base={report.config.baseDn} />}
        </>
      ) : (
        !check.error && <LoadingRows rows={8} />
      )}
    </>
  );
}
