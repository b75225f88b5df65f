import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, dataOf } from "../../api/client";
import { useMay } from "../../api/session";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { PageLink } from "../../ui/Links";
import { EmptyState, ErrorState } from "../../ui/States";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { countdownText, secondsUntil, useSecond } from "./countdown";
import { activeOf, type IdentityFactors, identityFactorsQuery } from "./queries";
import { Verdict } from "./Verdict";

const shortest = 6;
const longest = 40;

/** Takes what the caller reads out and says whether it is right. The field is empty again after each attempt. */
export function Ask({ of }: { of: IdentityFactors }) {
  const client = useQueryClient();
  const { queryKey } = identityFactorsQuery(of.identity.id);
  const [code, setCode] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const may = useMay("factor.manage");
  const verify = useMutation({
    mutationFn: (said: string) =>
      dataOf(
        api.POST("/identities/{id}/verify", {
          params: { path: { id: of.identity.id } },
          body: { code: said },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  const verdict = verify.data;
  const blocked = useBlocked(of.blockedUntil ?? verdict?.blockedUntil, () =>
    client.invalidateQueries({ queryKey }),
  );
  const active = activeOf(of);
  const who = of.identity.name;
  const said = code.trim();
  const short = said.length < shortest && "Six digits, or a whole recovery code.";
  const ask = () => {
    if (short || blocked || verify.isPending) return;
    setCode("");
    verify.mutate(said);
    field.current?.focus();
  };
  return (
    <section className="ask" aria-label={`Is this ${who}?`}>
      <div className="row">
        <h2 className="grow">
          Is this <bdi>{who}</bdi>?
        </h2>
        {verdict?.verified ? <Status tone="ok">verified</Status> : <Status tone="none">not verified</Status>}
      </div>
      {active.length === 0 ? (
        <EmptyState
          act={
            may && (
              <PageLink to={`/factors/enrol/${of.identity.id}`} className="btn">
                Enrol a one-time code…
              </PageLink>
            )
          }
        >
          {who} has no factor, so no code can say who is calling. Enrol one first, while {who} stands before
          you.
        </EmptyState>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            ask();
          }}
        >
          <p className="t2">
            Ask for the six digits the app shows for Gatehouse now, or for a recovery code.
          </p>
          <TextField
            ref={field}
            label="What the caller reads out"
            classNames={{ input: "said" }}
            value={code}
            maxLength={longest}
            autoFocus
            onChange={(event) => setCode(event.currentTarget.value)}
            help={
              <>
                {active.map((factor) => (
                  <span key={factor.id}>
                    <bdi>{factor.name}</bdi>, proven <When at={factor.provenAt} form="day" />.{" "}
                  </span>
                ))}
                {plural(of.recoveryCodes.left, "recovery code")} left. {plural(of.attemptsLeft, "attempt")}{" "}
                left for this person, whoever asks.
              </>
            }
          />
          <div className="row">
            <Button
              size="lg"
              look="primary"
              submit
              reason={
                blocked ? "Paused after too many wrong codes." : verify.isPending ? "Under way." : short
              }
            >
              Verify
            </Button>
          </div>
        </form>
      )}
      <div role="status">
        {blocked ? (
          <div className="verdict warn">
            <p className="verdict-title">Paused for {countdownText(blocked)}</p>
            <p className="t2">
              Too many wrong codes in a row for {who}, whoever asked. No code is looked at until then. Wait,
              or verify the caller in another way.
            </p>
          </div>
        ) : verify.isError ? (
          <ErrorState error={verify.error} what="The code was not checked." />
        ) : (
          verdict && <Verdict verdict={verdict} />
        )}
      </div>
    </section>
  );
}

/** Seconds until verification goes on; 0 while it is not paused. At the end `over` is told. */
function useBlocked(until: string | undefined, over: () => void): number {
  const now = useSecond();
  const left = until ? secondsUntil(until, now) : 0;
  const latest = useRef(over);
  useEffect(() => {
    latest.current = over;
  });
  const was = useRef(left);
  useEffect(() => {
    if (was.current > 0 && left === 0) latest.current();
    was.current = left;
  }, [left]);
  return left;
}
