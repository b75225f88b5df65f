import { countText } from "../../lib/number";
import { NumberLink } from "../../ui/Links";
import { type Arithmetic, decidedOf, parts, verdictWord } from "./verdicts";

/** The bar of a campaign: its items by decision. The words beside it say the same. */
function ProgressBar({ sums, thin }: { sums: Arithmetic; thin?: boolean }) {
  return (
    <div className={thin ? "prog thin" : "prog"} aria-hidden="true">
      {parts.map(({ verdict, of }) => {
        const count = Number(sums[of]);
        return count > 0 && <i key={verdict} className={`v-${verdict}`} style={{ flexGrow: count }} />;
      })}
    </div>
  );
}

/** How far a campaign is: the words, the bar, and a legend whose numbers open their items. */
export function Progress({ id, sums, as }: { id: string; sums: Arithmetic; as: string | undefined }) {
  const page = `/reviews/${id}`;
  const search = { reviewer: "all", as };
  return (
    <section className="progress-words" aria-label="Progress">
      <div className="row">
        <span className="nw">
          <b className="bb">
            <NumberLink
              value={decidedOf(sums)}
              to={page}
              search={{ ...search, verdict: "decided" }}
              label="decided items"
            />
          </b>{" "}
          of <NumberLink value={sums.inScope} to={page} search={search} label="items" /> decided
        </span>
        <span className="grow" />
        <ul className="legend">
          {parts.map(({ verdict, of }) => (
            <li key={verdict}>
              <i className={`v-${verdict}`} aria-hidden="true" />
              {verdictWord(verdict)}{" "}
              <NumberLink
                value={Number(sums[of])}
                to={page}
                search={{ ...search, verdict }}
                label={`items: ${verdictWord(verdict)}`}
              />
            </li>
          ))}
        </ul>
      </div>
      <ProgressBar sums={sums} />
    </section>
  );
}

/** "86 of 214 decided", with a thin bar: for lists. */
export function ProgressCell({ sums }: { sums: Arithmetic }) {
  return (
    <span className="prog-cell">
      <ProgressBar sums={sums} thin />
      <span>
        {countText(decidedOf(sums))} of {countText(sums.inScope)} decided
      </span>
    </span>
  );
}
