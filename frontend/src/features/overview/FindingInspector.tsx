import { entityPath } from "../../lib/entity";
import { riskTone } from "../../lib/risk";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink, WhyLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { type Finding, kindWords } from "./findingColumns";

/** Where a finding about a membership is explained; undefined if it is about none. */
export function whyPath(finding: Finding): { to: string; search: Record<string, string> } | undefined {
  if (!finding.group || finding.subject.kind === "group") return undefined;
  return { to: entityPath(finding.subject), search: { tab: "membership", why: finding.group.id } };
}

/** One finding: what it says, about whom, and what to do. */
export function FindingInspector({ finding, onClose }: { finding: Finding; onClose(): void }) {
  const tone = riskTone(finding.risk);
  const why = whyPath(finding);
  return (
    <Inspector
      title={finding.subject.name}
      subtitle={finding.subject.detail && <span className="mono">{finding.subject.detail}</span>}
      acts={
        <PageLink to={entityPath(finding.subject)} className="btn sm">
          Open
        </PageLink>
      }
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
      {finding.remedy && (
        <InspectorSection title="What would help">
          <p className="wrap">{finding.remedy}</p>
        </InspectorSection>
      )}
      <InspectorSection title="Facts">
        <KeyValue
          facts={[
            { label: "Risk", value: finding.risk },
            { label: "Kind", value: kindWords[finding.kind] },
            { label: "About", value: <EntityLink entity={finding.subject} /> },
            finding.group && { label: "Group", value: <EntityLink entity={finding.group} mono /> },
            { label: "Source", value: <EntityLink entity={finding.source} /> },
            { label: "First seen", value: <When at={finding.firstSeen} age="ago" /> },
          ]}
        />
      </InspectorSection>
    </Inspector>
  );
}
