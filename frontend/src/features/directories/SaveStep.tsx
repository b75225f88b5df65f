import { KeyValue } from "../../ui/KeyValue";
import { Note } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import { bodyOf, type Draft, isPlain } from "./draft";
import { everyText, usual } from "./scheduleWords";
import type { Check } from "./useCheck";

/** What will be saved and what happens then. */
export function SaveStep({ draft, check, error }: { draft: Draft; check: Check; error: unknown }) {
  const { name, config } = bodyOf(draft);
  const { report } = check;
  return (
    // The focus comes here with the step, so that it is read out.
    <div className="pad stack prose" tabIndex={0} role="group" aria-label="What will be saved">
      <KeyValue
        wide
        facts={[
          { label: "Name", value: name },
          { label: "Address", value: config.url, mono: true },
          { label: "Encryption", value: encryptionText(draft.config) },
          { label: "Account", value: draft.anonymous ? "anonymous" : config.bindDn, mono: !draft.anonymous },
          { label: "Base", value: config.baseDn, mono: true },
          report && { label: "Server", value: report.server },
          report && { label: "Volume", value: report.watchers.volume },
          !draft.source && {
            label: "Read",
            value: `${everyText(usual.every)}, in full ${everyText(usual.fullEvery)}; its page changes that`,
          },
        ]}
      />
      {draft.source ? (
        <Note tone="warn">
          The next read with a changed address, account, base, filter or mapping is a preview: it shows what
          would change and waits for you to release it. Until then the last complete read stays.
        </Note>
      ) : (
        <Note>
          The first read asks for every entry once and changes nothing in the directory. It can be cancelled;
          then nothing of it is kept.
        </Note>
      )}
      {Boolean(error) && <ErrorState error={error} what="Nothing was saved." />}
    </div>
  );
}

/** How the connection is protected, in words. */
export function encryptionText(config: Parameters<typeof isPlain>[0]): string {
  if (isPlain(config)) return "none";
  const how = config.startTls ? "StartTLS" : "TLS";
  if (config.fingerprint) return `${how}, certificate confirmed by its fingerprint`;
  if (config.caPem) return `${how}, certificate signed by ${config.caFile || "your CA file"}`;
  return `${how}, certificate signed by an authority this computer knows`;
}
