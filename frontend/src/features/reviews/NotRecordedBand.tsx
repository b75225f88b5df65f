import { useState } from "react";
import { countText, plural } from "../../lib/number";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { Band } from "../../ui/Page";
import { subjectName, VerdictText } from "./ItemWords";
import type { Deciding } from "./useDeciding";

const shownAtFirst = 3;

/** After a decision: which items it was not recorded for, and why. The others are recorded. */
export function NotRecordedBand({ deciding, hidden }: { deciding: Deciding; hidden: boolean }) {
  const [all, setAll] = useState(false);
  const { outcome, failed } = deciding;
  if (failed && !hidden) {
    const problem = problemOf(failed.error);
    return (
      <Band tone="danger">
        <span className="wrap grow">
          <b className="b">Not recorded.</b> {problem.detail} {problem.remedy}
        </span>
        <Button size="sm" look="ghost" icon="x" aria-label="Close" onClick={deciding.forget} />
      </Band>
    );
  }
  const missed = outcome?.notRecorded ?? [];
  if (missed.length === 0) return null;
  return (
    <Band tone="warn">
      <div className="grow">
        <b className="b">
          {plural(outcome?.recorded ?? 0, "item")} recorded, {countText(missed.length)} not.
        </b>{" "}
        They stay selected, and your reason stays.
        <ul className="missed">
          {(all ? missed : missed.slice(0, shownAtFirst)).map(({ item, text, why }) => (
            <li key={item.item}>
              {why !== "selfReview" && (
                <>
                  <bdi className="b">{subjectName(item)}</bdi> in {item.group.name}, now{" "}
                  <VerdictText verdict={item.verdict} until={item.until} />:{" "}
                </>
              )}
              {text}
            </li>
          ))}
        </ul>
        {!all && missed.length > shownAtFirst && (
          <button type="button" className="sm link" onClick={() => setAll(true)}>
            {countText(missed.length - shownAtFirst)} more
          </button>
        )}
      </div>
      <Button size="sm" look="ghost" icon="x" aria-label="Close" onClick={deciding.forget} />
    </Band>
  );
}
