import { countText, plural } from "../../lib/number";
import { CodeBlock } from "../../ui/Copy";
import { KeyValue } from "../../ui/KeyValue";
import { Section } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import type { Preview } from "./queries";

const coverage = {
  complete: ["ok", "complete"],
  partial: ["warn", "partial"],
  stale: ["warn", "stale"],
  none: ["none", "not read by then"],
} as const;

/** What stands on the information sheet: the outcomes, the sums that must close, and how to ask the same again. */
export function Information({ preview }: { preview: Preview }) {
  const { outcomes, adds, information, sources } = preview;
  return (
    <section className="scroll" data-pane="inspector" tabIndex={0} aria-label="Information sheet">
      <Section title="Outcomes" beside={preview.report.test} top={false}>
        <dl className="kv">
          <dt>Pass</dt>
          <dd>
            <Status tone={outcomes.pass > 0 ? "ok" : "none"}>{countText(outcomes.pass)}</Status>
          </dd>
          <dt>Fail</dt>
          <dd>
            <Status tone={outcomes.fail > 0 ? "danger" : "none"} word={outcomes.fail > 0}>
              {countText(outcomes.fail)}
            </Status>
          </dd>
          <dt>Cannot conclude</dt>
          <dd>
            <Status tone={outcomes.cannotConclude > 0 ? "warn" : "none"} word={outcomes.cannotConclude > 0}>
              {countText(outcomes.cannotConclude)}
            </Status>
          </dd>
          <dt>Not applicable</dt>
          <dd>
            <Status>{countText(outcomes.notApplicable)}</Status>
          </dd>
        </dl>
      </Section>
      <Section title="Sums" beside="a file is refused if one does not close">
        <ul className="sums">
          {adds.map((sum) => (
            <li key={sum.text} title={sum.text}>
              <Status tone={sum.ok ? "ok" : "danger"} word={!sum.ok}>
                <span className="wrap">{sum.text}</span>
              </Status>
              <span className="nw">
                {countText(sum.left)} {sum.ok ? "=" : "≠"} {countText(sum.right)}
              </span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Information">
        <KeyValue
          facts={information.map((fact) => ({
            label: fact.name,
            value: fact.text,
            title: fact.text,
            ...(fact.mono && { mono: true }),
          }))}
        />
      </Section>
      {sources.map((source) => (
        <Section
          key={source.name}
          title={source.name}
          aside={<Status tone={coverage[source.coverage][0]}>{coverage[source.coverage][1]}</Status>}
        >
          <KeyValue
            facts={[
              { label: "Server", value: source.server, title: source.server },
              { label: "Base", value: source.base, mono: true, title: source.base },
              { label: "Read as", value: source.bindDn || "anonymous", mono: true, title: source.bindDn },
              {
                label: "Observed",
                value: source.observedAt ? <When at={source.observedAt} /> : "not by then",
              },
              source.nextAt ? { label: "Read next", value: <When at={source.nextAt} /> } : undefined,
              {
                label: "Rows read",
                value: `${countText(source.read)} of ${source.claimed < 0 ? "unknown" : countText(source.claimed)}, ${plural(source.skipped, "skipped row")}`,
              },
            ]}
          />
          {source.commands.map((command) => (
            <div key={command} style={{ marginTop: 8 }}>
              <CodeBlock text={command} label={`The same question for ${command.split(" ")[0]}`} lines />
            </div>
          ))}
        </Section>
      ))}
    </section>
  );
}
