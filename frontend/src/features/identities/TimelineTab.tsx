import { usePages } from "../../api/pages";
import { Timeline } from "../../ui/Timeline";
import { type Subject, timeline } from "./queries";

/** All that was observed of a subject, newest first. */
export function TimelineTab({ subject }: { subject: Subject }) {
  const { key, fetch } = timeline(subject);
  return <Timeline rows={usePages(key, fetch)} />;
}
