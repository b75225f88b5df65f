import type { Column } from "../../lib/columns";
import { countText } from "../../lib/number";
import { Status, type Tone } from "../../ui/Status";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import type { Event } from "./queries";

/** Done is a fact, not praise; a refusal is a warning, a failure a danger. */
export const outcomeTones: Record<Event["outcome"], Tone> = {
  done: "neutral",
  refused: "warn",
  failed: "danger",
};

/** "corp.halden.example and 2 more": what an event is about. */
export function objectsText(objects: Event["objects"]): string {
  const [first, ...rest] = objects;
  if (!first) return "";
  const name = first.name || `${first.kind} ${first.id}`;
  return rest.length > 0 ? `${name} and ${countText(rest.length)} more` : name;
}

export const eventColumns: Column<Event>[] = [
  {
    id: "seq",
    header: "Event",
    width: 88,
    cell: (event) => <span className="b">{countText(event.seq)}</span>,
  },
  { id: "time", header: "Time", width: 148, cell: (event) => <When at={event.time} age="short" /> },
  {
    id: "actor",
    header: "Actor",
    width: 136,
    cell: (event) => (
      <span className="mono" title={event.actor}>
        {event.actor}
      </span>
    ),
  },
  {
    id: "action",
    header: "Action",
    width: 160,
    cell: (event) => (
      <span className="mono" title={event.action}>
        {event.action}
      </span>
    ),
  },
  {
    id: "objects",
    header: "About",
    cell: (event) => {
      const text = objectsText(event.objects);
      return text ? (
        <bdi title={event.objects.map((object) => `${object.kind} ${object.name}`).join("\n")}>{text}</bdi>
      ) : (
        <Word>none</Word>
      );
    },
  },
  {
    id: "outcome",
    header: "Outcome",
    width: 104,
    cell: (event) => (
      <Status tone={outcomeTones[event.outcome]} word={event.outcome !== "done"}>
        {event.outcome}
      </Status>
    ),
  },
  {
    id: "channel",
    header: "Channel",
    width: 112,
    wideOnly: true,
    cell: (event) => <span className="t2">{event.channel}</span>,
  },
];
