import { PageLink } from "../../ui/Links";
import { Status, type Tone } from "../../ui/Status";
import type { Removal } from "./queries";

/** What each state of a removal is called, and how sure it is. */
export const removalWords: Record<Removal["state"], { tone: Tone; word: string }> = {
  waiting: { tone: "none", word: "not read since" },
  removed: { tone: "ok", word: "removed and proven" },
  alreadyGone: { tone: "neutral", word: "already gone" },
  stillThere: { tone: "warn", word: "still there" },
  unproven: { tone: "warn", word: "not seen, not proven" },
};

/** What later reads say of a revoked grant; `words` with the reason and the run that said so. */
export function RemovalState({
  removal,
  words,
}: {
  removal: Pick<Removal, "state" | "text" | "run">;
  words?: boolean;
}) {
  const { tone, word } = removalWords[removal.state];
  // Most reasons begin with the state; it is not said twice.
  const said = words && removal.text.startsWith(word);
  return (
    <>
      <Status tone={tone} word={tone === "warn"} title={removal.text}>
        {said ? <span className="wrap">{removal.text}</span> : word}
      </Status>
      {words && (
        <span className="sm t2 wrap">
          {" "}
          {!said && removal.text}{" "}
          {removal.run && (
            <PageLink to={`/directories/runs/${removal.run}`} className="why">
              Look at run
            </PageLink>
          )}
        </span>
      )}
    </>
  );
}
