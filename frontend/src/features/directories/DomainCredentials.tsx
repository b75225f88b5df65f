import { ChoiceField } from "../../ui/ChoiceField";
import { SecretField, TextArea, TextField } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { type Draft, isPlain, type Kerberos } from "./draft";

const ways = ["password", "kerberos", "keytab", "session"] as const;
type Way = (typeof ways)[number];

function wayOf({ config }: Draft): Way {
  if (config.auth !== "kerberos") return "password";
  if (config.kerberos?.session) return "session";
  return config.kerberos?.keytabFile === undefined ? "kerberos" : "keytab";
}

/** The draft with another way to sign in; what the others need goes. */
function withWay(draft: Draft, way: Way): Draft {
  const { auth: _, kerberos, ...config } = draft.config;
  const kdcs = kerberos?.kdcs && { kdcs: kerberos.kdcs };
  if (way === "password") return { ...draft, anonymous: false, config };
  const tickets: Kerberos = {
    ...kdcs,
    ...(way === "keytab" && { keytabFile: "" }),
    ...(way === "session" && { session: true }),
  };
  return {
    ...draft,
    anonymous: way === "session",
    config: { ...config, auth: "kerberos", kerberos: tickets },
  };
}

/** Who Gatehouse is to Active Directory. */
export function DomainCredentials({ draft, onChange }: { draft: Draft; onChange(draft: Draft): void }) {
  const { config } = draft;
  const way = wayOf(draft);
  const setTickets = (patch: Kerberos) =>
    onChange({ ...draft, config: { ...config, kerberos: { ...config.kerberos, ...patch } } });
  return (
    <div className="pad form">
      <ChoiceField
        label="Sign in to the domain"
        value={way}
        onChange={(next) => onChange(withWay(draft, ways.find((each) => each === next) ?? "password"))}
        choices={[
          {
            value: "password",
            label: "With name and password",
            help: "Best an account of its own that is a member of Domain Users and nothing else.",
          },
          {
            value: "kerberos",
            label: "With name and password, by Kerberos",
            help: "Tied to the encrypted connection, as hardened controllers want it.",
          },
          { value: "keytab", label: "With a keytab", help: "Kerberos without a password kept here." },
          {
            value: "session",
            label: "As whoever runs Gatehouse",
            help: "With the Kerberos tickets of that session. A read fails when they run out.",
          },
        ]}
      />
      {way !== "session" && (
        <TextField
          label="Account"
          mono
          value={config.bindDn ?? ""}
          onChange={(event) =>
            onChange({ ...draft, config: { ...config, bindDn: event.currentTarget.value } })
          }
          help={
            way === "password"
              ? "gatehouse-read@example.com, EXAMPLE\\gatehouse-read or its distinguished name."
              : "Such as gatehouse-read@example.com."
          }
        />
      )}
      {(way === "password" || way === "kerberos") && (
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
      )}
      {way === "keytab" && (
        <TextField
          label="Keytab file"
          mono
          value={config.kerberos?.keytabFile ?? ""}
          onChange={(event) => setTickets({ keytabFile: event.currentTarget.value })}
          help="Its path on the computer that runs Gatehouse, which alone should be able to read it."
        />
      )}
      {way !== "password" && (
        <TextArea
          label="Kerberos servers"
          optional
          mono
          value={config.kerberos?.kdcs?.join("\n") ?? ""}
          onChange={(event) => setTickets({ kdcs: event.currentTarget.value.split("\n") })}
          help="One a line. The address's own host if empty."
        />
      )}
      {isPlain(config) && (
        <Note tone="warn">This sign-in would cross the network unencrypted. Go back and use TLS.</Note>
      )}
    </div>
  );
}
