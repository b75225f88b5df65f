import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../api/session";
import { countText } from "../../lib/number";
import { fieldProblem } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/Copy";
import { TextField } from "../../ui/Field";
import { KeyValue } from "../../ui/KeyValue";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll, Section } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Appearance } from "./Appearance";
import { Demo } from "./Demo";
import { Listener } from "./Listener";
import { type Settings, settingsQuery, useChangeSettings } from "./queries";
import { Vault } from "./Vault";

/** How this console is set up: what it is called, who can reach it, how its secrets are kept. */
export function SettingsPage() {
  const settings = useQuery(settingsQuery);
  const may = useMay("console.manage") === true;
  const { data } = settings;
  return (
    <>
      <PageHead title="Settings" />
      <Scroll label="Settings">
        {data ? (
          <>
            <Organisation key={data.organisation} settings={data} may={may} />
            {data.demo && may && <Demo />}
            <Appearance />
            <Listener listener={data.listener} may={may} />
            <Vault vault={data.vault} may={may} />
            <AuditHead settings={data} />
          </>
        ) : settings.error ? (
          <>
            <ErrorState
              error={settings.error}
              what="The settings could not be read."
              onRetry={() => void settings.refetch()}
            />
            <Appearance />
          </>
        ) : (
          <LoadingRows />
        )}
      </Scroll>
    </>
  );
}

function Organisation({ settings, may }: { settings: Settings; may: boolean }) {
  const change = useChangeSettings();
  const [name, setName] = useState(settings.organisation);
  const same = name.trim() === settings.organisation;
  const save = () => !same && change.mutate({ organisation: name.trim() });
  return (
    <Section title="This installation" top={false}>
      <div className="pad stack" style={{ paddingTop: 0 }}>
        {may && (
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault();
              save();
            }}
          >
            <TextField
              label="Organisation"
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.currentTarget.value)}
              help="Shown beside the product's name, and on exports."
              error={change.error && (fieldProblem(change.error, "organisation") ?? change.error.message)}
              rightSectionWidth={72}
              rightSection={
                <Button size="sm" submit reason={same && "Nothing was changed."}>
                  Save
                </Button>
              }
            />
          </form>
        )}
        <KeyValue
          wide
          facts={[
            !may && { label: "Organisation", value: settings.organisation },
            { label: "Data folder", value: settings.folder, mono: true },
            { label: "Version", value: settings.version },
          ]}
        />
      </div>
    </Section>
  );
}

function AuditHead({ settings }: { settings: Settings }) {
  return (
    <Section title="Audit head" beside="the hash of the newest event">
      <div className="pad stack prose" style={{ paddingTop: 0 }}>
        <p className="t2">
          Noted where nobody here can change it, it proves later that no event was removed or rewritten.{" "}
          <PageLink to="/audit" search={{ panel: "verify" }} className="n">
            {countText(settings.events)}
          </PageLink>{" "}
          events so far.
        </p>
        <CodeBlock text={settings.head} label="Audit head" />
      </div>
    </Section>
  );
}
