import { problemOf } from "../../lib/problem";
import { CodeBoxes } from "./CodeBoxes";
import { secondsOfStep, useSecond } from "./countdown";
import type { Enrolment } from "./queries";

/** Second step: a code that the device shows proves that it holds the secret. */
export function Prove({
  enrolment,
  code,
  onChange,
  onEnter,
  error,
}: {
  enrolment: Enrolment;
  code: string;
  onChange(code: string): void;
  onEnter(): void;
  error: unknown;
}) {
  return (
    <section aria-label="Prove">
      <h2>
        <b>2</b> Prove
      </h2>
      <p className="t2">{enrolment.factor.identity.name} types or reads the six digits the app shows now.</p>
      <CodeBoxes
        key={error ? "again" : "first"}
        label="Code"
        value={code}
        onChange={onChange}
        onEnter={onEnter}
        describedBy="prove-help"
        invalid={Boolean(error)}
        autoFocus
      />
      <p className={error ? "help c-danger" : "help"} id="prove-help" role={error ? "alert" : undefined}>
        {error ? (
          <Refused error={error} />
        ) : (
          <>
            The code changes in <NextCode period={enrolment.period} />. One step early or late is accepted; a
            used code is never accepted again.
          </>
        )}
      </p>
    </section>
  );
}

function NextCode({ period }: { period: number }) {
  return <>{secondsOfStep(period, useSecond())} s</>;
}

function Refused({ error }: { error: unknown }) {
  const { detail, remedy } = problemOf(error);
  return (
    <>
      {detail} {remedy ?? "Wait for the next code and type that one."}
    </>
  );
}
