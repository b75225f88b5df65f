import { clockText } from "../../lib/moment";
import { countText } from "../../lib/number";
import { PageLink } from "../../ui/Links";
import type { Verification } from "./queries";

const refused: Record<NonNullable<Verification["why"]>, string> = {
  wrongCode: "Not verified: the code is wrong",
  usedCode: "Not verified: the code was used before",
  blocked: "Not verified: paused",
  noFactor: "Not verified: there is no factor",
};

/** Whether the caller is who she says. Green only when it is proven; the words say it without the colour. */
export function Verdict({ verdict }: { verdict: Verification }) {
  const at = clockText(new Date(verdict.at));
  return (
    <div className={verdict.verified ? "verdict ok" : "verdict"}>
      <p className={verdict.verified ? "verdict-title c-ok" : "verdict-title"}>
        {verdict.verified ? (
          <>
            Verified with{" "}
            {verdict.how === "recoveryCode" ? (
              "a recovery code"
            ) : (
              <bdi>{verdict.factor ?? "a one-time code"}</bdi>
            )}{" "}
            at {at}
          </>
        ) : (
          (verdict.why && refused[verdict.why]) || "Not verified"
        )}
      </p>
      <p className="t2">{verdict.text}</p>
      <p className="sm t3">
        {!verdict.verified && `${at}, `}
        <PageLink to="/audit" search={{ open: String(verdict.event) }} className="n">
          event {countText(verdict.event)}
        </PageLink>
      </p>
    </div>
  );
}
