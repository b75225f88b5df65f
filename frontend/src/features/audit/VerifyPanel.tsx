import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { countText, plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/Copy";
import { TextField } from "../../ui/Field";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { ErrorState, ProgressLine } from "../../ui/States";
import { Status } from "../../ui/Status";

/** What is wrong with a head as it was typed; undefined if nothing. Empty is allowed: then less is proven. */
export function headProblem(head: string): string | undefined {
  const text = head.trim();
  if (text === "" || /^[0-9a-f]{64}$/i.test(text)) return undefined;
  return /^[0-9a-f]*$/i.test(text)
    ? `A head has 64 characters; this has ${countText(text.length)}.`
    : "A head consists of the figures 0 to 9 and the letters a to f.";
}

/** Checks the whole log, against a head noted elsewhere if there is one, and says what that does not prove. */
export function VerifyPanel({ onClose, onOpen }: { onClose(): void; onOpen(event: number): void }) {
  const [head, setHead] = useState("");
  const verify = useMutation({
    mutationFn: (noted: string) => dataOf(api.POST("/audit/verify", { body: noted ? { head: noted } : {} })),
  });
  const problem = headProblem(head);
  const run = () => !problem && !verify.isPending && verify.mutate(head.trim().toLowerCase());
  return (
    <Inspector
      title="Verify the audit log"
      subtitle="Each event's hash, the chain, and the records rebuilt from events"
      onClose={onClose}
    >
      <InspectorSection>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <TextField
            label="Head noted elsewhere"
            optional
            mono
            value={head}
            onChange={(event) => setHead(event.currentTarget.value)}
            help="Without one, removal of the newest events and a rewritten log cannot be detected."
            error={head && problem}
            data-autofocus
          />
          <div>
            <Button submit reason={problem ?? (verify.isPending && "Verifying.")}>
              Verify
            </Button>
          </div>
        </form>
      </InspectorSection>
      {verify.isPending && (
        <InspectorSection>
          <ProgressLine label="Reading every event" done={0} />
        </InspectorSection>
      )}
      {verify.error && (
        <ErrorState error={verify.error} what="The log could not be verified." onRetry={run} />
      )}
      {verify.data && !verify.isPending && <Verdict verdict={verify.data} onOpen={onOpen} />}
    </Inspector>
  );
}

function Verdict({ verdict, onOpen }: { verdict: Schema<"AuditVerdict">; onOpen(event: number): void }) {
  return (
    <>
      <InspectorSection tone={verdict.ok ? undefined : "danger"}>
        <div role="status">
          <Status tone={verdict.ok ? "ok" : "danger"}>
            <b className="bb">
              {verdict.ok ? "whole" : `not whole: ${plural(verdict.problems.length, "problem")}`}
            </b>
          </Status>
          <p className="t2">
            {verdict.ok
              ? `${plural(verdict.events, "event")}, each hash and the chain recomputed.`
              : `${plural(verdict.events, "event")} looked at.`}
          </p>
        </div>
      </InspectorSection>
      {verdict.problems.length > 0 && (
        <InspectorSection title="Problems">
          <ul className="stack">
            {verdict.problems.map((problem) => (
              <li key={`${problem.event} ${problem.text}`}>
                <button type="button" className="n b" onClick={() => onOpen(problem.event)}>
                  Event {countText(problem.event)}
                </button>{" "}
                <span className="wrap">{problem.text}</span>
              </li>
            ))}
          </ul>
        </InspectorSection>
      )}
      {verdict.cannotProve.length > 0 && (
        <InspectorSection title="What this cannot prove">
          <ul className="stack t2">
            {verdict.cannotProve.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </InspectorSection>
      )}
      <InspectorSection
        title="Head"
        aside={<span className="age">note it where nobody here can change it</span>}
      >
        <CodeBlock text={verdict.head} label="Head hash" />
      </InspectorSection>
    </>
  );
}
