import { inWindow } from "../../api/native";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { type CheckReport, socText } from "./draft";

/** What the people who watch the directory will see of a read, as a text to send them first. */
export function Watchers({ report, url }: { report: CheckReport; url: string }) {
  const { watchers } = report;
  const facts: [string, string][] = [
    ["Account", watchers.account],
    ["From", watchers.from],
    ["Binds", watchers.binds],
    ["Filters", watchers.filters.join("\n")],
    ["Volume", watchers.volume],
    ["Never", watchers.never],
  ];
  return (
    <aside aria-label="What your SOC will see">
      <h3>What your SOC will see</h3>
      <p className="t2">
        One account reading every entry looks like reconnaissance. Tell them before the first read.
      </p>
      <dl className="soc">
        {facts.map(([label, value]) => [
          <dt key={`${label}-`}>{label}</dt>,
          <dd key={label} title={value}>
            {value.split("\n").map((line) => (
              <div key={line}>{line}</div>
            ))}
          </dd>,
        ])}
      </dl>
      <div className="row">
        <CopyButton text={() => socText(report, url)} label="Copy text for the SOC" />
        {/* The window keeps downloads to exports; there the text is copied. */}
        {!inWindow() && (
          <Button size="sm" onClick={() => download("gatehouse-for-the-soc.txt", socText(report, url))}>
            Save as file
          </Button>
        )}
      </div>
    </aside>
  );
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = name;
  link.click();
}
