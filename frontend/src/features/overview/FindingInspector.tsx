import { useQuery } from "@tanstack/react-query";
import { entityPath } from "../../lib/entity";
import { countText } from "../../lib/number";
import { riskTone } from "../../lib/risk";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/Copy";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink, WhyLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { Accepted } from "./Accepted";
import { Evidence } from "./Evidence";
import { type Finding, kindWords } from "./findingColumns";
import { findingQuery } from "./queries";

/** Where a finding about a membership is explained; undefined if it is about none. */
export function whyPath(finding: Finding): { to: string; search: Record<string, string> } | undefined {
  if (!finding.group || finding.subject.kind === "group") return undefined;
  return { to: entityPath(finding.subject), search: { tab: "membership", why: finding.group.id } };
}

/** One finding: what it says, about whom, what it rests on and what to do. */
export function FindingInspector({
  finding,
  onClose,
  onAccept,
}: {
  finding: Finding;
  onClose(): void;
  /** Absent where the operator may not. */
  onAccept?(): void;
}) {
  const tone = riskTone(finding.risk);
  const why = whyPath(finding);
  const { data: more } = useQuery(findingQuery(finding.id));
  return (
    <Inspector
      title={finding.subject.name}
      subtitle={finding.subject.detail && <span className="mono">{finding.subject.detail}</span>}
      acts={
        <PageLink to={entityPath(finding.subject)} className="btn sm">
          Open
        </PageLink>
      }
      dock={onAccept && !finding.accepted && <Button onClick={onAccept}>Accept…</Button>}
      onClose={onClose}
    >
      <InspectorSection tone={tone === "neutral" ? undefined : tone}>
        <div className="mini">
          <Status tone={tone}>
            <b className="bb wrap">{finding.title}</b>
          </Status>
          {why && finding.group && <WhyLink {...why} about={`in ${finding.group.name}`} />}
        </div>
        {finding.detail && <p className="t2 wrap">{finding.detail}</p>}
      </InspectorSection>
      {finding.accepted && (
        <Accepted id={finding.id} accepted={finding.accepted} mayReopen={Boolean(onAccept)} />
      )}
      {finding.remedy && (
        <InspectorSection title="What would help">
          <p className="wrap">{finding.remedy}</p>
          {more?.command && <CodeBlock text={more.command.text} label={`Copy as ${more.command.language}`} />}
        </InspectorSection>
      )}
      {more && more.rows.length > 0 && (
        <InspectorSection title="What it rests on">
          <Evidence rows={more.rows} />
          {more.total > more.rows.length && more.rows.length > 1 && (
            <p className="t2">
              The first {more.rows.length} of {countText(more.total)}.
            </p>
          )}
        </InspectorSection>
      )}
      {more && (
        <InspectorSection title="Noticed when">
          <p className="t2 wrap">{more.threshold}</p>
        </InspectorSection>
      )}
      <InspectorSection title="Facts">
        <KeyValue
          facts={[
            { label: "Risk", value: finding.risk },
            { label: "Kind", value: kindWords[finding.kind] },
            { label: "About", value: <EntityLink entity={finding.subject} /> },
            finding.group && { label: "Group", value: <EntityLink entity={finding.group} mono /> },
            finding.other && { label: "Other", value: <EntityLink entity={finding.other} /> },
            { label: "Source", value: <EntityLink entity={finding.source} /> },
            { label: "First seen", value: <When at={finding.firstSeen} age="ago" /> },
            finding.readAt !== undefined && {
              label: "As read",
              value: <When at={finding.readAt} age="ago" />,
            },
          ]}
        />
      </InspectorSection>
    </Inspector>
  );
}
