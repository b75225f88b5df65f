import { CheckField } from "../../ui/Field";
import { CodeList } from "./CodeList";
import { HandOver } from "./HandOver";
import type { Handed } from "./hand";
import type { Enrolment } from "./queries";

const words = ["None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];

/** Third step: the codes for the day the device is lost. */
export function HandOverCodes({
  enrolment,
  handed,
  kept,
  onKept,
}: {
  enrolment: Enrolment;
  handed: Handed;
  kept: boolean;
  onKept(kept: boolean): void;
}) {
  const { recoveryCodes, factor } = enrolment;
  const who = factor.identity.name;
  return (
    <section aria-label="Recovery codes">
      <h2>
        <b>3</b> Recovery codes
      </h2>
      <p className="t2">
        {words[recoveryCodes.length] ?? recoveryCodes.length}, each works once, valid when the code above is
        proven. Kept as hashes: nobody can show them again.
      </p>
      <CodeList codes={recoveryCodes} />
      <HandOver codes={recoveryCodes} name={who} handed={handed} />
      <CheckField
        label={`${who} has the codes, on paper or saved`}
        checked={kept}
        onChange={(event) => onKept(event.currentTarget.checked)}
      />
    </section>
  );
}
