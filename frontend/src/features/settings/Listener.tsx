import { useMutation } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/Copy";
import { KeyValue } from "../../ui/KeyValue";
import { Section } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { type Settings, useChangeSettings } from "./queries";

/** Whether a browser on this computer can reach the console, and the link that lets one in. */
export function Listener({ listener, may }: { listener: Settings["listener"]; may: boolean }) {
  const change = useChangeSettings();
  const link = useMutation({ mutationFn: () => dataOf(api.POST("/settings/start-link")) });
  const turn = () => {
    link.reset();
    change.mutate({ listener: !listener.on });
  };
  return (
    <Section
      title="Browser access"
      beside={<Status tone={listener.on ? "neutral" : "none"}>{listener.on ? "on" : "off"}</Status>}
      aside={
        may && (
          <Button
            size="sm"
            reason={
              listener.forced
                ? "Started as a server: stop it where it was started."
                : change.isPending && "Under way."
            }
            onClick={turn}
          >
            {listener.on ? "Turn off" : "Turn on"}
          </Button>
        )
      }
    >
      <div className="pad stack prose" style={{ paddingTop: 0 }}>
        {listener.on ? (
          <KeyValue
            wide
            facts={[
              { label: "Address", value: listener.address, mono: true },
              { label: "Listens on", value: listener.addresses.join(", "), mono: true },
            ]}
          />
        ) : (
          <p className="t2">No port is open. The window needs none; a browser on this computer would.</p>
        )}
        {Boolean(change.error) && <ErrorState error={change.error} what="Browser access was not changed." />}
        {may && listener.on && (
          <>
            <div className="row">
              <Button size="sm" reason={link.isPending && "Under way."} onClick={() => link.mutate()}>
                New start link
              </Button>
              <span className="t2">Opens one session in a browser, once, within five minutes.</span>
            </div>
            {link.data && (
              <div role="status">
                <CodeBlock text={link.data.url} label="Start link" />
                <p className="help">
                  Expires <When at={link.data.expiresAt} form="clock" age="ago" />. Whoever opens it first is
                  in.
                </p>
              </div>
            )}
            {link.error && (
              <ErrorState error={link.error} what="No link was made." onRetry={() => link.mutate()} />
            )}
          </>
        )}
      </div>
    </Section>
  );
}
