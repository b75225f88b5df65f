import type { ReactNode } from "react";
import { countText } from "../../lib/number";
import { InspectorSection } from "../../ui/Inspector";
import { EntityLink } from "../../ui/Links";
import { When } from "../../ui/When";
import { relationWords, VerdictText } from "./ItemWords";
import type { ItemDetail } from "./queries";
import { verdictWord } from "./verdicts";

interface Line {
  at: string;
  event: number;
  key: string;
  text: ReactNode;
  more?: ReactNode;
}

/** Everything that was decided, assigned or attempted on an item, newest first. */
export function History({ item }: { item: ItemDetail }) {
  const lines = [...decisions(item), ...assignments(item), ...attempts(item)].sort(
    (a, b) => b.event - a.event || b.at.localeCompare(a.at),
  );
  if (lines.length === 0) return null;
  return (
    <InspectorSection title="History" aside={<span className="age">newest first</span>}>
      <dl className="history">
        {lines.map((line) => [
          <dt key={`${line.key}-when`} title={`event ${countText(line.event)}`}>
            <When at={line.at} />
          </dt>,
          <dd key={line.key}>
            {line.text}
            {line.more && <div className="t3">{line.more}</div>}
          </dd>,
        ])}
      </dl>
    </InspectorSection>
  );
}

function decisions(item: ItemDetail): Line[] {
  return item.decisions.map((each) => ({
    at: each.at,
    event: each.event,
    key: `d${each.n}`,
    text: (
      <>
        {each.verdict === "undecided" ? (
          <span className="b">withdrawn</span>
        ) : (
          <VerdictText verdict={each.verdict} until={each.until} />
        )}{" "}
        by <EntityLink entity={each.decidedBy} />
        {each.reason && <>: {each.reason}</>}
      </>
    ),
    more: `recorded by ${each.recordedBy}, ${each.channel}, event ${countText(each.event)}`,
  }));
}

function assignments(item: ItemDetail): Line[] {
  return item.assignments.map((each, at) => ({
    at: each.at,
    event: each.event,
    key: `a${at}`,
    text: (
      <>
        assigned to {each.reviewer ? <EntityLink entity={each.reviewer} /> : "nobody"}
        {each.relation !== "unassigned" && <span className="t3"> {relationWords(each.relation)}</span>}
        {each.reason && <>: {each.reason}</>}
      </>
    ),
  }));
}

function attempts(item: ItemDetail): Line[] {
  return item.attempts.map((each, at) => ({
    at: each.at,
    event: each.event,
    key: `t${at}`,
    text: (
      <>
        <span className="c-warn">not recorded:</span> {verdictWord(each.verdict)} by {each.by}
      </>
    ),
    more: each.why,
  }));
}
