import { KeyValue } from "../../ui/KeyValue";
import { NumberLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { FileFacts } from "./FileFacts";
import { mappingSections } from "./mappingFields";
import type { Source } from "./queries";
import { encryptionText } from "./SaveStep";

/** How a directory is reached, what was read of it, and what is not seen. */
export function SourceFacts({ source }: { source: Source }) {
  const { config } = source;
  if (config.file) return <FileFacts source={source} file={config.file} />;
  const mono = (value: string | undefined, none: string) =>
    value ? (
      <span className="mono" title={value}>
        {value}
      </span>
    ) : (
      <Word>{none}</Word>
    );
  return (
    <>
      <Section title="Facts">
        <div className="pad" style={{ paddingTop: 0 }}>
          <KeyValue
            facts={[
              { label: "Access", value: source.readOnly ? "read-only" : "may be changed" },
              { label: "Server", value: source.server || <Word>unknown</Word> },
              { label: "Address", value: mono(config.url, "unknown") },
              {
                label: "Encryption",
                value: encryptionText(source.config),
                title: encryptionText(source.config),
              },
              { label: "Account", value: mono(config.bindDn, "anonymous") },
              { label: "Password", value: source.hasSecret ? "sealed in the vault" : <Word>none</Word> },
              { label: "Base", value: mono(config.baseDn, "unknown") },
              { label: "Holds", value: <Holds source={source} /> },
              {
                label: "Last complete",
                value: source.lastComplete ? (
                  <When at={source.lastComplete.endedAt} age="ago" />
                ) : (
                  <Word>never</Word>
                ),
              },
            ]}
          />
        </div>
      </Section>
      <CannotShow source={source} />
      <Section title="Mapping" beside="which attribute means what">
        <div className="pad" style={{ paddingTop: 0 }}>
          <KeyValue
            facts={mappingSections
              .flatMap((section) => section.fields)
              .map(({ id, label }) => ({
                label,
                value: mono([config.mapping[id]].flat().join(", "), "not supported"),
              }))}
          />
        </div>
      </Section>
    </>
  );
}

/** What this source never shows. */
export function CannotShow({ source }: { source: Source }) {
  return (
    <Section title="What this source cannot show">
      <ul className="aside">
        {source.cannotSee.length === 0 && <li className="t2">Nothing is known to be missing.</li>}
        {source.cannotSee.map((what) => (
          <li key={what}>{what}</li>
        ))}
      </ul>
    </Section>
  );
}

/** How much is kept of it, with the ways to the rows. */
export function Holds({ source }: { source: Source }) {
  const search = { source: source.id };
  return (
    <>
      <NumberLink
        value={source.accounts}
        to="/identities"
        search={{ type: "account", ...search }}
        label="accounts"
      />{" "}
      accounts, <NumberLink value={source.groups} to="/groups" search={search} label="groups" /> groups
    </>
  );
}
