import { useNow } from "../../lib/clock";
import { ageText, dayText, type Moment, unknownWord, utcText } from "../../lib/moment";
import { plural } from "../../lib/number";
import { EntityLink } from "../../ui/Links";
import { Tag } from "../../ui/Tag";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { type Item, verdictWord } from "./verdicts";

/** The name of who or what an item is about. */
export function subjectName(item: Item): string {
  return item.identity?.name ?? item.subject.name;
}

/** Who or what an item is about, linked to what is known of it today. */
export function Who({ item, login = true }: { item: Item; login?: boolean }) {
  const sort = item.basis === "group" ? "group" : item.basis === "unresolved" ? "unresolved" : item.sort;
  return (
    <>
      {item.subject.id ? (
        <EntityLink entity={item.identity ?? item.subject} strong />
      ) : (
        <span className="mono" title={item.subject.name}>
          {item.subject.name}
        </span>
      )}{" "}
      {sort !== "person" && sort !== "" ? (
        <Tag>{sort}</Tag>
      ) : (
        login && <span className="mono t3 login">{item.login}</span>
      )}
    </>
  );
}

/** A moment as it was copied at the freeze, with its age on that day; or the grey word why there is none. */
export function FrozenWhen({ at, frozenAt, onlyDay }: { at: Moment; frozenAt: string; onlyDay?: boolean }) {
  const now = useNow();
  if (at.state !== "known" || !at.at)
    return <Word>{unknownWord(at.state === "known" ? "unknown" : at.state)}</Word>;
  const date = new Date(at.at);
  const age = ageText(date, new Date(frozenAt));
  return (
    <time dateTime={at.at} title={`${utcText(date)}, ${age} before the freeze`}>
      {dayText(date, now)} {!onlyDay && <span className="age">{age}</span>}
    </time>
  );
}

/** How many people of the same department have it too. */
export function Peers({ item, words }: { item: Item; words?: boolean }) {
  if (item.peersOf === 0) return <Word>no peers</Word>;
  return (
    <span title={`Enabled people of ${item.department} in ${item.source.name} who had it when frozen`}>
      {item.peers} of {item.peersOf}
      {words && <span className="t2"> {item.department ? `in ${item.department}` : "peers"}</span>}
    </span>
  );
}

/** What an earlier campaign decided of the same grant. */
export function Before({ item, campaign }: { item: Item; campaign?: boolean }) {
  const before = item.previous;
  if (!before) return <Word>never{campaign && " reviewed"}</Word>;
  return (
    <span title={before.campaign}>
      {verdictWord(before.verdict)}, <When at={before.at} form="day" />
      {campaign && <span className="t3"> {before.campaign}</span>}
    </span>
  );
}

/** The decision in a word, coloured by what it does. */
export function VerdictText({ verdict, until }: { verdict: string; until?: string | undefined }) {
  if (verdict === "undecided") return <Word>undecided</Word>;
  if (verdict === "exception" && until)
    return (
      <span className="b c-warn">
        until <When at={until} form="day" />
      </span>
    );
  return <span className={verdict === "revoke" ? "b c-danger" : "b"}>{verdictWord(verdict)}</span>;
}

/** Why somebody was asked to review an item. */
export function relationWords(relation: string): string {
  const words: Record<string, string> = {
    manager: "by rule: manager",
    owner: "by rule: owner",
    named: "by rule: named",
    fallback: "by the fallback",
    reassigned: "reassigned",
    unassigned: "assigned to nobody",
  };
  return words[relation] ?? relation;
}

/** "214 items". */
export function itemsText(count: number): string {
  return plural(count, "item");
}
