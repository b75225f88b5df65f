import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, dataOf } from "../../api/client";
import { useGo } from "../../lib/address";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { Status } from "../../ui/Status";
import { digitsOf } from "./CodeBoxes";
import { countdownText, secondsUntil, secondText, useSecond } from "./countdown";
import { EnrolHead } from "./EnrolHead";
import { FactorsOf } from "./FactorsOf";
import { HandOverCodes } from "./HandOverCodes";
import { useHanded } from "./hand";
import { missing } from "./missing";
import { Prove } from "./Prove";
import { activeOf, type Enrolment, type Factor, type IdentityFactors } from "./queries";
import { Scan } from "./Scan";
import { SlipColumn } from "./Slip";

/** The one page that shows a secret: scan it, prove it, hand over the recovery codes, print the slip. */
export function Enrolling({
  enrolment,
  of,
  replaces,
  onProven,
  onLapsed,
}: {
  enrolment: Enrolment;
  of: IdentityFactors;
  /** The factor that ends when this one is proven. */
  replaces: string | undefined;
  onProven(factor: Factor): void;
  onLapsed(): void;
}) {
  const { factor } = enrolment;
  const go = useGo();
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const [kept, setKept] = useState(false);
  const handed = useHanded(factor.id);
  const prove = useMutation({
    mutationFn: (digits: string) =>
      dataOf(
        api.POST("/factors/{id}/prove", { params: { path: { id: factor.id } }, body: { code: digits } }),
      ),
    onSuccess: onProven,
    onError: () => setCode(""),
  });
  const cancel = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/factors/{id}/revoke", {
          params: { path: { id: factor.id } },
          body: { reason: "Enrolment cancelled before a code was proven." },
        }),
      ),
    onSuccess: async () => {
      go("/factors");
      await client.invalidateQueries({ queryKey: ["factors"] });
    },
  });
  const lacking = missing(code, kept);
  const activate = () => !lacking && !prove.isPending && prove.mutate(digitsOf(code));
  const change = (next: string) => {
    if (prove.isError) prove.reset();
    setCode(next);
  };
  return (
    <>
      <EnrolHead
        identity={factor.identity}
        beside={<Status tone="none">not active until one code is proven</Status>}
        acts={<Expiry factor={factor} onLapsed={onLapsed} />}
      />
      <div className="enrol" data-pane="page" role="group" aria-label="Enrolment" tabIndex={0}>
        <Scan enrolment={enrolment} handed={handed} />
        <div>
          <Prove enrolment={enrolment} code={code} onChange={change} onEnter={activate} error={prove.error} />
          <HandOverCodes enrolment={enrolment} handed={handed} kept={kept} onKept={setKept} />
          <FactorsOf of={of} enrolment={factor} replaces={replaces} />
        </div>
        <SlipColumn enrolment={enrolment} handed={handed} />
      </div>
      <div className="wfoot">
        <Button
          size="lg"
          look="ghost"
          style={{ marginLeft: -14 }}
          reason={cancel.isPending && "Under way."}
          onClick={() => cancel.mutate()}
        >
          {activeOf(of).length > 0 ? "Cancel, keep the old factor" : "Cancel"}
        </Button>
        {cancel.error && (
          <span className="c-danger" role="alert">
            Not cancelled: {problemOf(cancel.error).detail} It lapses by itself.
          </span>
        )}
        <span className="grow" />
        <span className="t2" id="enrol-missing" aria-live="polite">
          {prove.isPending ? "Checking the code" : lacking}
        </span>
        <Button
          size="lg"
          {...(!lacking && { look: "primary" as const })}
          aria-disabled={Boolean(lacking) || prove.isPending || undefined}
          aria-describedby="enrol-missing"
          onClick={activate}
        >
          Prove and activate
        </Button>
      </div>
    </>
  );
}

/** How long the page holds, told to the second; at the end the secret leaves it. */
function Expiry({ factor, onLapsed }: { factor: Factor; onLapsed(): void }) {
  const now = useSecond();
  const left = factor.lapsesAt ? secondsUntil(factor.lapsesAt, now) : undefined;
  useEffect(() => {
    if (left === 0) onLapsed();
  }, [left, onLapsed]);
  return (
    <span className="age" role="timer" aria-label="Time left">
      started {secondText(new Date(factor.enrolledAt))}
      {left !== undefined && `, this page expires in ${countdownText(left)}`}
    </span>
  );
}
