import { useNow } from "../../lib/clock";
import { agoText, clockText, dayText, utcText } from "../../lib/moment";
import { plural } from "../../lib/number";
import type { Campaign } from "./queries";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** "Fri 20 Mar", or today. */
function weekdayText(at: Date, now: Date): string {
  const day = dayText(at, now);
  return day === "today" ? day : `${days[at.getDay()]} ${day}`;
}

const dayMs = 24 * 3_600_000;

/** "in 4 days", "2 days ago"; hours on the last day. */
export function distanceText(at: Date, now: Date): string {
  const days = Math.floor(Math.abs(at.getTime() - now.getTime()) / dayMs);
  if (days === 0) return agoText(at, now);
  return at > now ? `in ${plural(days, "day")}` : `${plural(days, "day")} ago`;
}

/** When a campaign is due, and how long that is; amber once it is over and the campaign is not. */
export function Due({ campaign, age = true }: { campaign: Campaign; age?: boolean }) {
  const now = useNow();
  const at = new Date(campaign.dueAt);
  const over = campaign.state === "open" && at < now;
  return (
    <time dateTime={campaign.dueAt} title={utcText(at)} className={over ? "c-warn nw" : "nw"}>
      <b className="b">{weekdayText(at, now)}</b>
      {age && campaign.state === "open" && `, ${over ? "overdue, " : ""}${distanceText(at, now)}`}
    </time>
  );
}

/** When a campaign was frozen, and by which event. */
export function Frozen({ campaign }: { campaign: Campaign }) {
  const now = useNow();
  const at = new Date(campaign.frozenAt);
  return (
    <time dateTime={campaign.frozenAt} title={utcText(at)}>
      {weekdayText(at, now)} {clockText(at)}
    </time>
  );
}
