import type { ReactNode } from "react";
import { type Risk, riskTone } from "../lib/risk";
import { Status } from "./Status";
import { Word } from "./Word";

/** A finding in a word, coloured by its risk; the grey word "none" when there is none. */
export function RiskStatus({ finding }: { finding: { risk: Risk; label: ReactNode } | undefined }) {
  if (!finding) return <Word>none</Word>;
  return (
    <Status tone={riskTone(finding.risk)} word>
      {finding.label}
    </Status>
  );
}
