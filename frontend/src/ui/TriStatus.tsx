import { triOf, unknownWord } from "../lib/moment";
import { Status, type Tone } from "./Status";

/** A yes or no as a status; an unknown is a hollow dot, the name of the thing and the grey word. */
export function TriStatus({
  value,
  yes,
  no,
  name,
  yesTone = "neutral",
  noTone = "neutral",
}: {
  /** A tri-state of the API. */
  value: string;
  yes: string;
  no: string;
  /** What is asked, for the unknowns: "must change". */
  name: string;
  yesTone?: Tone;
  noTone?: Tone;
}) {
  const state = triOf(value);
  if (state === "yes")
    return (
      <Status tone={yesTone} word={yesTone === "danger" || yesTone === "warn"}>
        {yes}
      </Status>
    );
  if (state === "no") return <Status tone={noTone}>{no}</Status>;
  return (
    <Status tone="none" word>
      {name}: {unknownWord(state)}
    </Status>
  );
}
