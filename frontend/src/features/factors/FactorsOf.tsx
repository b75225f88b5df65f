import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { activeOf, type Factor, type IdentityFactors } from "./queries";

/** What the person has already, and what becomes of it when the new factor is proven. */
export function FactorsOf({
  of,
  enrolment,
  replaces,
}: {
  of: IdentityFactors;
  /** The factor being enrolled, which is not yet one of them. */
  enrolment: Factor;
  replaces: string | undefined;
}) {
  const active = activeOf(of).filter((factor) => factor.id !== enrolment.id);
  const codes = of.recoveryCodes;
  return (
    <section aria-label={`Factors of ${of.identity.name}`}>
      <h3>Factors of {of.identity.name}</h3>
      {active.length === 0 && codes.left === 0 && <Word>none until now</Word>}
      {active.map((factor) => (
        <div key={factor.id} className="mini">
          <span className="ell">
            One-time code{" "}
            <span className="t3">
              <bdi>{factor.name}</bdi>, <When at={factor.enrolledAt} form="day" />
            </span>
          </span>
          {factor.id === replaces ? (
            <span className="sm c-warn">ends when this one is proven</span>
          ) : (
            <span className="sm">stays until revoked</span>
          )}
        </div>
      ))}
      {codes.left > 0 && (
        <div className="mini">
          <span>
            Recovery codes{" "}
            <span className="t3">
              <When at={codes.madeAt} form="day" />
            </span>
          </span>
          <span className="sm c-warn">{codes.left} left, replaced by these</span>
        </div>
      )}
    </section>
  );
}
