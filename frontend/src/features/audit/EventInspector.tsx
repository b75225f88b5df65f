import { entityPath, type Ref } from "../../lib/entity";
import { utcText } from "../../lib/moment";
import { countText } from "../../lib/number";
import { CodeBlock } from "../../ui/Copy";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { type Fact, KeyValue } from "../../ui/KeyValue";
import { PageLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { outcomeTones } from "./eventColumns";
import type { Event } from "./queries";

const pages: ReadonlySet<string> = new Set<Ref["kind"]>([
  "identity",
  "account",
  "group",
  "source",
  "run",
  "factor",
]);

/** The page about an object of an event; undefined for a kind that has none. */
export function objectPath(object: Event["objects"][number]): string | undefined {
  if (!pages.has(object.kind)) return undefined;
  return entityPath({ kind: object.kind as Ref["kind"], id: object.id });
}

/** The detail as people read it: indented JSON, or as it is if it is none. */
export function prettyDetail(detail: string): string {
  try {
    return JSON.stringify(JSON.parse(detail), null, 2);
  } catch {
    return detail;
  }
}

/** Every field of an event. */
export function EventInspector({
  event,
  onClose,
  onFilter,
}: {
  event: Event;
  onClose(): void;
  onFilter(patch: { actor?: string; action?: string }): void;
}) {
  const text = (label: string, value: string, mono?: boolean): Fact => ({
    label,
    value: value || <Word>none</Word>,
    title: value,
    ...(mono && { mono }),
  });
  return (
    <Inspector
      title={`Event ${countText(event.seq)}`}
      subtitle={<span className="mono">{event.action}</span>}
      onClose={onClose}
    >
      <InspectorSection
        title="What happened"
        aside={
          <button type="button" className="why" onClick={() => onFilter({ actor: event.actor })}>
            Only this actor
          </button>
        }
      >
        <KeyValue
          facts={[
            { label: "Outcome", value: <Status tone={outcomeTones[event.outcome]}>{event.outcome}</Status> },
            { label: "Time", value: <When at={event.time} age="ago" /> },
            { label: "In UTC", value: utcText(new Date(event.time)) },
            text("Actor", event.actor, true),
            {
              label: "Action",
              value: (
                <button
                  type="button"
                  className="n mono"
                  title="Only this action"
                  onClick={() => onFilter({ action: event.action })}
                >
                  {event.action}
                </button>
              ),
            },
            text("Reason", event.reason),
            text("Ticket", event.ticket),
          ]}
        />
        {event.reason.length > 36 && <p className="t2 wrap">{event.reason}</p>}
      </InspectorSection>
      <InspectorSection title="About" aside={<span className="age">with the names they had then</span>}>
        {event.objects.length === 0 && <Word>no record</Word>}
        {event.objects.map((object) => {
          const to = objectPath(object);
          return (
            <div key={`${object.kind}-${object.id}-${object.name}`} className="mini">
              <span className="ell" title={object.name}>
                {to ? (
                  <PageLink to={to} className="b">
                    <bdi>{object.name || object.id}</bdi>
                  </PageLink>
                ) : (
                  <bdi>{object.name || object.id}</bdi>
                )}
              </span>
              <span className="t3">{object.kind}</span>
            </div>
          );
        })}
      </InspectorSection>
      <InspectorSection title="From where">
        <KeyValue
          facts={[
            text("Channel", event.channel),
            text("Address", event.address, true),
            text("Host", event.host, true),
            text("OS user", event.osUser, true),
            text("Correlation", event.correlation, true),
          ]}
        />
      </InspectorSection>
      <InspectorSection title="Detail">
        {event.detailState === "purged" ? (
          <p className="t2">
            Purged. Its hash is still part of the chain, so the chain can be proven without it.
          </p>
        ) : event.detail ? (
          <CodeBlock text={prettyDetail(event.detail)} label={`Detail of event ${event.seq}`} />
        ) : (
          <Word>none</Word>
        )}
      </InspectorSection>
      <InspectorSection title="Chain">
        <div className="stack">
          <div>
            <div className="sm t3">Hash of this event</div>
            <CodeBlock text={event.hash} label="Hash of this event" />
          </div>
          <div>
            <div className="sm t3">Hash of the event before it</div>
            <CodeBlock text={event.prev} label="Hash of the event before" />
          </div>
        </div>
      </InspectorSection>
    </Inspector>
  );
}
