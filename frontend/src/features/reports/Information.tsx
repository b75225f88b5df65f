import { countedText } from "../../lib/coverage";
import { countText } from "../../lib/number";
import { CodeBlock } from "../../ui/Copy";
import { type Fact, KeyValue } from "../../ui/KeyValue";
import { NumberLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import type { Preview, ReportAddress } from "./queries";

const coverage = {
  complete: ["ok", "complete"],
  partial: ["warn", "partial"],
  stale: ["warn", "stale"],
  none: ["none", "not read by then"],
} as const;

const outcomeWords = [
  ["pass", "Pass", "ok"],
  ["fail", "Fail", "danger"],
  ["cannotConclude", "Cannot conclude", "warn"],
  ["notApplicable", "Not applicable", "neutral"],
] as const;

// What the head of the page says already.
const saidAbove = ["Report", "Question", "Test"];

/** Facts of one name under one label, a line each. */
function together(information: Preview["information"]): Fact[] {
  const names = [...new Set(information.map((fact) => fact.name))].filter(
    (name) => !saidAbove.includes(name),
  );
  return names.map((name) => {
    const facts = information.filter((fact) => fact.name === name);
    return {
      label: name,
      title: facts.map((fact) => fact.text).join("\n"),
      mono: facts.every((fact) => fact.mono),
      value: facts.map((fact) => (
        <span key={fact.text} className="line wrap">
          {fact.text}
        </span>
      )),
    };
  });
}

/** What stands on the information sheet: the outcomes, the sums that must close, and how to ask the same again. */
export function Information({ preview, search }: { preview: Preview; search: ReportAddress }) {
  const { outcomes, adds, information, sources } = preview;
  return (
    <section className="scroll" data-pane="inspector" tabIndex={0} aria-label="Information sheet">
      <Section title="Outcomes" top={false}>
        <p className="sm t2">{preview.report.test}</p>
        <KeyValue
          facts={outcomeWords.map(([outcome, label, tone]) => ({
            label,
            value: (
              <Status
                tone={outcomes[outcome] > 0 ? tone : "none"}
                word={tone !== "ok" && outcomes[outcome] > 0}
              >
                <NumberLink
                  value={outcomes[outcome]}
                  to={`/reports/${preview.report.name}`}
                  search={{ ...search, table: undefined, outcome }}
                  label={`rows: ${label}`}
                />
              </Status>
            ),
          }))}
        />
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
        <KeyValue facts={together(information)} />
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
                label: "Read",
                value: countedText(source),
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
