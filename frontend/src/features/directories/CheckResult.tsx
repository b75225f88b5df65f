import { useState } from "react";
import { CodeBlock } from "../../ui/Copy";
import { CopyLink } from "../../ui/CopyLink";
import { CheckField } from "../../ui/Field";
import { Status, type Tone } from "../../ui/Status";
import { CheckText, copyLabel } from "./checkText";
import { type CheckReport, groupFingerprint } from "./draft";

type Result = CheckReport["results"][number];

const words: Record<Result["state"], { tone: Tone; word: string }> = {
  passed: { tone: "ok", word: "passed" },
  needsYou: { tone: "accent", word: "needs you" },
  missing: { tone: "warn", word: "missing" },
  tooMuch: { tone: "danger", word: "too much" },
  failed: { tone: "danger", word: "failed" },
  unknown: { tone: "none", word: "unknown" },
};

interface Confirming {
  /** Whether this very certificate is the one that was confirmed. */
  confirmed: boolean;
  busy: boolean;
  onFingerprint(fingerprint: string | undefined): void;
  onCaFile(): void;
}

/** One step of a check; below a certificate nobody vouches for, its fingerprint to be compared. */
export function ResultRows({ result, ...confirming }: { result: Result } & Confirming) {
  const { tone, word } = words[result.state];
  const { fingerprint, remedy, copy } = result;
  const asks = fingerprint !== undefined && (confirming.confirmed || result.state !== "passed");
  // A right that is missing or too much is mended with its text, if it has one; anything else needs its remedy in sight.
  const mended = copy && (result.state === "missing" || result.state === "tooMuch");
  const explained = remedy && !asks && !mended;
  const aside = copy && !asks;
  return (
    <>
      <tr className={result.state === "passed" ? undefined : "said"}>
        <td>
          <Status tone={tone}>{word}</Status>
        </td>
        <td className="b">{result.title}</td>
        <td colSpan={aside ? 1 : 2} title={[result.text, remedy].filter(Boolean).join(" ")}>
          <CheckText text={result.text} />
          {explained && (
            <>
              <br />
              <span className="t2">{remedy}</span>
            </>
          )}
        </td>
        {aside && (
          <td className="r">
            <CopyLink text={copy} label={copyLabel(copy)} />
          </td>
        )}
      </tr>
      {asks && <Fingerprint result={result} fingerprint={fingerprint} {...confirming} />}
    </>
  );
}

function Fingerprint({
  result,
  fingerprint,
  confirmed,
  busy,
  onFingerprint,
  onCaFile,
}: { result: Result; fingerprint: string } & Confirming) {
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
            onChange={(event) => onFingerprint(event.currentTarget.checked ? fingerprint : undefined)}
          />
          <span className="grow" />
          {result.remedy && (
            <button type="button" className="why" aria-expanded={how} onClick={() => setHow(!how)}>
              How to compare
            </button>
          )}
          <button type="button" className="why" style={{ marginLeft: 16 }} onClick={onCaFile}>
            Use a CA file instead
          </button>
        </div>
        {how && result.remedy && (
          <div className="stack" style={{ padding: "8px 0" }}>
            <p className="t2 prose">{result.remedy}</p>
            {result.copy && <CodeBlock text={result.copy} label="Command to run at the server" />}
          </div>
        )}
      </td>
    </tr>
  );
}
