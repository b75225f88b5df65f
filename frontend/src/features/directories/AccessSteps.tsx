import { useQuery } from "@tanstack/react-query";
import { pickFile } from "../../api/native";
import { fieldProblem } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { ChoiceField } from "../../ui/ChoiceField";
import { CheckField, NumberField, SecretField, TextField } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { type Config, type Draft, hostOf, isPlain, withKind, withUrl } from "./draft";
import { kindsQuery } from "./queries";

interface StepProps {
  draft: Draft;
  onChange(draft: Draft): void;
}

const kindHelp: Record<string, string> = {
  ldap: "OpenLDAP, 389 Directory and others that follow RFC 4519, 2307 or 2307bis.",
  file: "People, managers, dates and groups as a personnel system or an application exports them.",
  ad: "Microsoft's domain controllers and Samba's, over LDAP. One domain is one directory.",
};

/** What kind of directory it is. */
export function KindStep({ draft, onChange }: StepProps) {
  const kinds = useQuery(kindsQuery);
  if (kinds.error)
    return (
      <ErrorState
        error={kinds.error}
        what="The kinds could not be read."
        onRetry={() => void kinds.refetch()}
      />
    );
  if (!kinds.data) return <LoadingRows rows={2} />;
  const chosen = kinds.data.find((kind) => kind.kind === draft.kind);
  return (
    <div className="pad form">
      <ChoiceField
        label="Kind of directory"
        value={draft.kind}
        onChange={(kind) => onChange(withKind(draft, kind))}
        choices={kinds.data.map(({ kind, title }) => ({
          value: kind,
          label: title,
          help: kindHelp[kind] ?? title,
        }))}
      />
      {chosen && chosen.cannotSee.length > 0 && (
        <div>
          <h3>What this kind never shows</h3>
          <ul className="t2 sm apart">
            {chosen.cannotSee.map((what) => (
              <li key={what}>{what}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Where the directory is, and how its certificate is known. */
export function AddressStep({ draft, onChange, error }: StepProps & { error: unknown }) {
  const { config } = draft;
  const set = (patch: Partial<Config>) => onChange({ ...draft, config: { ...config, ...patch } });
  const encrypted = /^ldaps:/i.test(config.url.trim());
  return (
    <div className="pad form">
      <TextField
        label="Address"
        mono
        value={config.url}
        onChange={(event) => onChange(withUrl(draft, event.currentTarget.value))}
        help="ldaps://host, or ldap://host with StartTLS. A port other than 636 or 389 follows the host: ldaps://host:1636."
        error={fieldProblem(error, "url")}
      />
      {!encrypted && config.url.trim() !== "" && (
        <CheckField
          label="Encrypt with StartTLS"
          help="The connection is encrypted before anything else is said."
          checked={config.startTls ?? false}
          onChange={(event) => set({ startTls: event.currentTarget.checked })}
        />
      )}
      {isPlain(config) && (
        <Note tone="warn">
          Nothing on this connection is encrypted: the password and every entry can be read on the way.
        </Note>
      )}
      {!isPlain(config) && (
        <CaFile config={config} onChange={(next) => onChange({ ...draft, config: next })} />
      )}
      <TextField
        label="Base"
        mono
        optional
        value={config.baseDn}
        onChange={(event) => set({ baseDn: event.currentTarget.value })}
        help="Below which entry to read, such as dc=example,dc=com. Left empty, the check proposes what the server offers."
        error={fieldProblem(error, "baseDn")}
      />
      <TextField
        label="Name"
        optional
        value={draft.name}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        help={`How Gatehouse calls it. Left empty: ${hostOf(config.url) || "the host of the address"}.`}
        error={fieldProblem(error, "name")}
      />
      <div className="fields">
        <NumberField
          label="Entries a page"
          optional
          min={1}
          max={10000}
          value={config.pageSize ?? ""}
          onChange={(value) => set({ pageSize: Number(value) || 0 })}
          help="1,000 unless told."
          error={fieldProblem(error, "pageSize")}
        />
        <NumberField
          label="Seconds to wait for an answer"
          optional
          min={1}
          max={600}
          value={config.timeoutSec ?? ""}
          onChange={(value) => set({ timeoutSec: Number(value) || 0 })}
          help="30 unless told."
          error={fieldProblem(error, "timeoutSec")}
        />
      </div>
    </div>
  );
}

function CaFile({ config, onChange }: { config: Config; onChange(config: Config): void }) {
  const { caFile, caPem, ...without } = config;
  const pick = () =>
    void pickFile().then((file) => {
      if (file) onChange({ ...config, caFile: file.name, caPem: file.text });
    });
  return (
    <div>
      <div className="row">
        <span>
          <span className="b">CA file</span> <span className="t3">optional</span>
        </span>
      </div>
      <div className="row" style={{ marginTop: 4 }}>
        {caPem ? (
          <span className="mono">{caFile || "CA certificates"}</span>
        ) : (
          <span className="t2">none chosen</span>
        )}
        <Button size="sm" onClick={pick}>
          Choose file…
        </Button>
        {caPem && (
          <Button size="sm" look="ghost" onClick={() => onChange(without)}>
            Remove
          </Button>
        )}
      </div>
      <p className="help">
        PEM certificates of your own authority. Without one the authorities this computer knows are used, or
        the check shows the certificate&apos;s fingerprint for you to confirm.
      </p>
    </div>
  );
}

/** Who Gatehouse is to the directory. */
export function CredentialsStep({ draft, onChange }: StepProps) {
  const { config } = draft;
  return (
    <div className="pad form">
      <ChoiceField
        label="Sign in to the directory"
        value={draft.anonymous ? "anonymous" : "account"}
        onChange={(how) => onChange({ ...draft, anonymous: how === "anonymous" })}
        choices={[
          {
            value: "account",
            label: "With a bind account",
            help: "Best an account of its own that may read below the base and nothing else.",
          },
          {
            value: "anonymous",
            label: "Anonymously",
            help: "Shows only what the directory shows to everybody.",
          },
        ]}
      />
      {!draft.anonymous && (
        <>
          <TextField
            label="Distinguished name"
            mono
            value={config.bindDn ?? ""}
            onChange={(event) =>
              onChange({ ...draft, config: { ...config, bindDn: event.currentTarget.value } })
            }
            help="Such as cn=gatehouse-read,ou=service,dc=example,dc=com."
          />
          <SecretField
            label="Password"
            value={draft.secret}
            optional={draft.source?.hasSecret ?? false}
            onChange={(event) => onChange({ ...draft, secret: event.currentTarget.value })}
            help={
              draft.source?.hasSecret
                ? "A password is stored, sealed. Left empty, it stays."
                : "Sealed in the vault when you save; it is never shown again."
            }
          />
          {isPlain(config) && (
            <Note tone="warn">This password would cross the network unencrypted. Go back and use TLS.</Note>
          )}
        </>
      )}
    </div>
  );
}
