import { useState } from "react";
import type { Schema } from "../../api/client";
import { fieldProblem } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { ChoiceField } from "../../ui/ChoiceField";
import { TextField } from "../../ui/Field";
import { PageLink } from "../../ui/Links";
import { Note, Scroll } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { EnrolHead } from "./EnrolHead";
import { activeOf, type IdentityFactors } from "./queries";

/** The longest name the server takes. */
const longestName = 60;

/** Before there is a secret: what the factor is called, and which it replaces. */
export function EnrolStart({
  of,
  replaces,
  lapsed,
  busy,
  error,
  onStart,
}: {
  of: IdentityFactors;
  /** The factor that the address asks to replace. */
  replaces: string | undefined;
  /** The enrolment begun here ran out. */
  lapsed: boolean;
  busy: boolean;
  error: unknown;
  onStart(body: Schema<"EnrolFactorBody">): void;
}) {
  const active = activeOf(of);
  const pending = of.factors.find((factor) => factor.state === "pending");
  const [name, setName] = useState("");
  const [old, setOld] = useState(active.find((factor) => factor.id === replaces)?.id ?? "");
  const missing = !name.trim() && "Name the device first.";
  const start = () => {
    if (!missing && !busy) onStart({ name: name.trim(), ...(old && { replaces: old }) });
  };
  return (
    <>
      <EnrolHead identity={of.identity} beside={<Status tone="none">not started</Status>} />
      <form
        className="list grow"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <Scroll label="Before the key is made">
          <div className="pad form">
            {lapsed ? (
              <Note tone="warn">
                The enrolment lapsed before a code was proven. Nothing changed, and the key that was shown is
                worthless. Start again.
              </Note>
            ) : (
              pending && (
                <Note tone="warn">
                  An enrolment of <b className="b">{pending.name}</b> was started{" "}
                  <When at={pending.enrolledAt} age="ago" /> and not proven. Its key cannot be shown again, so
                  start again; the old enrolment lapses at <When at={pending.lapsesAt} form="clock" />.
                </Note>
              )
            )}
            <TextField
              label="Name of this factor"
              value={name}
              maxLength={longestName}
              autoFocus
              onChange={(event) => setName(event.currentTarget.value)}
              help="The device it will be on, as its owner calls it, such as: Fairphone, private."
              error={fieldProblem(error, "name")}
            />
            {active.length > 0 && (
              <ChoiceField
                label="What it replaces"
                value={old}
                onChange={setOld}
                choices={[
                  ...active.map((factor) => ({
                    value: factor.id,
                    label: `Replace ${factor.name}`,
                    help: "It goes on working until a code of the new one is proven, and ends then.",
                  })),
                  { value: "", label: "Nothing", help: "What there is stays; this will be one more." },
                ]}
              />
            )}
            <p className="t2">
              The next page shows the key once. Have {of.identity.name} at hand: one code has to be proven
              before the page expires.
            </p>
            {Boolean(error) && !fieldProblem(error, "name") && (
              <ErrorState error={error} what="The enrolment was not started." />
            )}
          </div>
        </Scroll>
        <div className="wfoot">
          <PageLink to="/factors" className="btn lg ghost first">
            Cancel
          </PageLink>
          <span className="grow" />
          <span className="t2" id="enrol-reason">
            {busy ? "Making the key." : missing}
          </span>
          <Button
            size="lg"
            look="primary"
            submit
            aria-describedby="enrol-reason"
            aria-disabled={Boolean(missing) || busy || undefined}
          >
            Start the enrolment
          </Button>
        </div>
      </form>
    </>
  );
}
