import { useState } from "react";
import { CopyLink } from "../../ui/CopyLink";
import { CheckField } from "../../ui/Field";
import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Status, type Tone } from "../../ui/Status";
import { type CheckReport, type Draft, groupFingerprint } from "./draft";
import { Samples } from "./Samples";
import type { Check } from "./useCheck";
import { Watchers } from "./Watchers";

type Result = CheckReport["results"][number];

const words: Record<Result["state"], { tone: Tone; word: string }> = {
  passed: { tone: "ok", word: "passed" },
  needsYou: { tone: "accent", word: "needs you" },
  missing: { tone: "warn", word: "missing" },
  tooMuch: { tone: "danger", word: "too much" },
  failed: { tone: "danger", word: "failed" },
};

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
          <div className="chk">
            <table className="table plain" aria-label="What the check found">
              <colgroup>
                <col style={{ width: 120 }} />
                <col style={{ width: 124 }} />
                <col />
                <col style={{ width: 124 }} />
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
            <Watchers report={report} url={draft.config.url} />
          </div>
          <Samples samples={report.samples} base={report.config.baseDn} />
        </>
      ) : (
        !check.error && <LoadingRows rows={8} />
      )}
    </>
  );
}

function ResultRows({
  result,
  confirmed,
  busy,
  onFingerprint,
  onCaFile,
}: {
  result: Result;
  confirmed: boolean;
  busy: boolean;
  onFingerprint(fingerprint: string | undefined): void;
  onCaFile(): void;
}) {
  const { tone, word } = words[result.state];
  const explained = (result.state === "failed" || result.state === "needsYou") && result.remedy;
  const { fingerprint } = result;
  return (
    <>
      <tr className={explained ? "said" : undefined}>
        <td>
          <Status tone={tone}>{word}</Status>
        </td>
        <td className="b">{result.title}</td>
        <td colSpan={result.copy ? 1 : 2} title={[result.text, result.remedy].filter(Boolean).join(" ")}>
          {result.text}
          {explained && !fingerprint && (
            <>
              <br />
              <span className="t2">{result.remedy}</span>
            </>
          )}
        </td>
        {result.copy && (
          <td className="r">
            <CopyLink
              text={result.copy}
              label={result.copy.startsWith("olcAccess") ? "Copy olcAccess" : "Copy text"}
            />
          </td>
        )}
      </tr>
      {fingerprint && (confirmed || result.state === "needsYou" || result.state === "failed") && (
        <Fingerprint
          fingerprint={fingerprint}
          confirmed={confirmed}
          busy={busy}
          onConfirm={(yes) => onFingerprint(yes ? fingerprint : undefined)}
          onCaFile={onCaFile}
        />
      )}
    </>
  );
}

function Fingerprint({
  fingerprint,
  confirmed,
  busy,
  onConfirm,
  onCaFile,
}: {
  fingerprint: string;
  confirmed: boolean;
  busy: boolean;
  onConfirm(yes: boolean): void;
  onCaFile(): void;
}) {
  const [how, setHow] = useState(false);
  return (
    <tr className="fp">
      <td />
      <td colSpan={3}>
        <div className="mono wrap" style={{ lineHeight: "20px" }}>
          SHA-256&ensp;{groupFingerprint(fingerprint)}
        </div>
        <div className="row" style={{ marginTop: 2, flexWrap: "wrap" }}>
          <CheckField
            label="I compared this fingerprint with the one on the server"
            checked={confirmed}
            disabled={busy}
            onChange={(event) => onConfirm(event.currentTarget.checked)}
          />
          <span className="grow" />
          <button type="button" className="why" aria-expanded={how} onClick={() => setHow(!how)}>
            How to compare
          </button>
          <button type="button" className="why" style={{ marginLeft: 16 }} onClick={onCaFile}>
            Use a CA file instead
          </button>
        </div>
        {how && (
          <p className="sm t2" style={{ marginTop: 4 }}>
            On the server, not over this connection, run{" "}
            <span className="mono">openssl x509 -in CERTIFICATE -noout -fingerprint -sha256</span> with the
            file the server is configured with, and compare every group.
          </p>
        )}
      </td>
    </tr>
  );
}
