import { useQueryClient } from "@tanstack/react-query";
import type { Connection } from "../api/notices";
import { Button } from "../ui/Button";
import { Band } from "../ui/Page";

/** Says that what is shown may be out of date, and why. */
export function ConnectionBand({ connection }: { connection: Connection }) {
  const client = useQueryClient();
  if (connection === "ok") return null;
  return connection === "lost" ? (
    <Band tone="warn">
      <b className="b">Gatehouse does not answer.</b>
      <span className="t2">What you see is what was read last; asking again by itself.</span>
      <span className="grow" />
      <Button size="sm" icon="refresh" onClick={() => void client.invalidateQueries()}>
        Ask now
      </Button>
    </Band>
  ) : (
    <Band tone="warn">
      <b className="b">Your session has ended.</b>
      <span className="t2">
        Run <span className="mono">gatehouse link</span> on the computer Gatehouse runs on, and open the link
        it prints.
      </span>
    </Band>
  );
}
