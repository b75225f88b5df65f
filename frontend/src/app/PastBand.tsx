import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useNow } from "../lib/clock";
import { dayClockText } from "../lib/moment";
import { usePast } from "../lib/past";
import { problemOf } from "../lib/problem";
import { Button } from "../ui/Button";
import { PageLink } from "../ui/Links";
import { Band } from "../ui/Page";
import { When } from "../ui/When";
import { features } from "./features";
import { historyQuery } from "./queries";
import { useShowMoment } from "./TimeControl";

/** On every page while the console shows the past: which moment, how well it is known, and the way back. */
export function PastBand() {
  const past = usePast();
  return past ? <Shown /> : null;
}

function Shown() {
  const show = useShowMoment();
  const { pathname } = useLocation();
  const history = useQuery(historyQuery);
  const now = useNow();
  const back = (
    <>
      <span className="grow" />
      <Button size="sm" onClick={() => show(undefined)}>
        Back to now
      </Button>
    </>
  );
  if (history.isError)
    return (
      <Band tone="danger">
        <span>
          {problemOf(history.error).detail} {problemOf(history.error).remedy}
        </span>
        {back}
      </Band>
    );
  const asOf = history.isPlaceholderData ? undefined : history.data?.asOf;
  if (!asOf) return <Band tone="warn">Asking what was known then.{back}</Band>;
  const feature = features.findLast(
    (each) => each.path === "/" || `${pathname}/`.startsWith(`${each.path}/`),
  );
  const moment = dayClockText(new Date(asOf.at), now);
  if (feature?.past !== "shown")
    return (
      <Band tone="warn">
        <span>
          {feature?.past === "own" ? (
            <>You chose {moment}. This page takes it where it names no moment of its own.</>
          ) : (
            <>
              You chose {moment}, but this page keeps no history: <b className="b">it shows now</b>.
            </>
          )}
        </span>
        {back}
      </Band>
    );
  return (
    <Band tone="warn">
      <span>
        You see <b className="b">{moment}</b>
        {asOf.observedAt ? (
          <>
            , as observed <When at={asOf.observedAt} />
          </>
        ) : (
          <>. {asOf.note}</>
        )}
        {asOf.nextObservation ? (
          <>
            ; next observation <When at={asOf.nextObservation} />.
          </>
        ) : (
          asOf.observedAt && ". Nothing has been observed since."
        )}{" "}
        <span className="t2">Mail, phone and last sign-in keep no history.</span>
      </span>
      <PageLink to="/history" search={{ from: asOf.asked }}>
        What changed since
      </PageLink>
      {back}
    </Band>
  );
}
