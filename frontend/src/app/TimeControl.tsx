import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useNow } from "../lib/clock";
import { useKey } from "../lib/keys";
import { dayClockText } from "../lib/moment";
import { plural } from "../lib/number";
import { pastParam, usePast } from "../lib/past";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { PageLink } from "../ui/Links";
import { ErrorState } from "../ui/States";
import { When } from "../ui/When";
import { historyQuery } from "./queries";
import { TimeSlider } from "./TimeSlider";
import { askedOf, fieldText, type Mark } from "./time";

const dayMs = 86_400_000;
const quick = [
  { label: "Yesterday", days: 1 },
  { label: "7 days ago", days: 7 },
  { label: "30 days ago", days: 30 },
];

/** Takes the console to another moment, or back to now; the address keeps it. */
export function useShowMoment(): (at: string | undefined) => void {
  const navigate = useNavigate();
  return (at) =>
    void navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, [pastParam]: at }) });
}

/** Which moment the console shows: now, any date, or one of the reads that changed something. */
export function TimeControl() {
  const past = usePast();
  const [open, setOpen] = useState(false);
  const history = useQuery(historyQuery);
  const now = useNow();
  const asOf = history.isPlaceholderData ? undefined : history.data?.asOf;
  useKey("t", "Choose the moment shown", "Everywhere", () => setOpen(true));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={420} trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className={past ? "btn past" : "btn"}
          aria-expanded={open}
          aria-haspopup="dialog"
          onClick={() => setOpen((was) => !was)}
        >
          <Icon name="clock" />
          <span className="t2">As of</span>
          <b className="b">
            {past ? (asOf ? dayClockText(new Date(asOf.at), now) : history.isError ? "?" : "…") : "Now"}
          </b>
          <Icon name="down" />
        </button>
      </Popover.Target>
      <Popover.Dropdown>{open && <Choose close={() => setOpen(false)} />}</Popover.Dropdown>
    </Popover>
  );
}

function Choose({ close }: { close(): void }) {
  const past = usePast();
  const show = useShowMoment();
  const history = useQuery(historyQuery);
  const now = useNow();
  const asOf = history.isPlaceholderData ? undefined : history.data?.asOf;
  const [field, setField] = useState(fieldText(asOf ? new Date(asOf.at) : now));
  const asked = askedOf(field, now);
  if (history.isError && !past)
    return <ErrorState error={history.error} what="The reads could not be listed." />;
  const marks: Mark[] = (history.data?.marks ?? []).map((each) => ({
    at: Date.parse(each.at),
    asked: each.at,
    text: `${each.source.name}: ${plural(each.added + each.changed + each.removed, "change")}`,
  }));
  const go = (asked: string | undefined) => {
    show(asked);
    setField(fieldText(asked === undefined ? now : new Date(asked)));
  };
  return (
    <div className="stack">
      <div className="row">
        <b className="b">Show the directories as of</b>
        <span className="grow" />
        <Button size="sm" reason={!past && "This is now."} onClick={() => show(undefined)}>
          Now
        </Button>
      </div>
      {marks.length > 0 ? (
        <TimeSlider
          marks={marks}
          value={asOf ? Date.parse(asOf.at) : past ? Date.parse(past) || undefined : undefined}
          now={now.getTime()}
          onChange={(mark) => go(mark?.asked)}
        />
      ) : (
        <p className="t2">Nothing was read yet.</p>
      )}
      <form
        className="row"
        style={{ alignItems: "flex-end" }}
        onSubmit={(event) => {
          event.preventDefault();
          if (!asked) return;
          show(asked);
          close();
        }}
      >
        <TextField
          type="datetime-local"
          label="Date and time, local"
          value={field}
          max={fieldText(now)}
          onChange={(event) => setField(event.currentTarget.value)}
          className="grow"
        />
        <Button submit reason={!asked && "Name a time that has come already."}>
          Show
        </Button>
      </form>
      <div className="row">
        {quick.map(({ label, days }) => (
          <Button
            key={label}
            size="sm"
            onClick={() => go(new Date(now.getTime() - days * dayMs).toISOString())}
          >
            {label}
          </Button>
        ))}
        <span className="grow" />
        <PageLink to="/history" className="link">
          What changed
        </PageLink>
      </div>
      <p className="sm t2">
        {asOf ? (
          <>
            {asOf.observedAt ? (
              <>
                As observed <When at={asOf.observedAt} />.{" "}
              </>
            ) : (
              `${asOf.note} `
            )}
            {asOf.nextObservation && (
              <>
                Next observation <When at={asOf.nextObservation} />.
              </>
            )}
          </>
        ) : (
          "A mark is a read that changed something. Arrow keys go from mark to mark."
        )}
      </p>
    </div>
  );
}
