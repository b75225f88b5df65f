import type { Schema } from "../../api/client";
import { plural } from "../../lib/number";
import { riskTone } from "../../lib/risk";
import { sentence } from "../../lib/words";
import { InspectorSection } from "../../ui/Inspector";
import { PageLink, WhyLink } from "../../ui/Links";
import { Note } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";

/** The worst finding, first in the inspector. */
export function FindingSection({
  finding,
  page,
  more,
}: {
  finding: Schema<"FindingRow">;
  page: string;
  more: number;
}) {
  const tone = riskTone(finding.risk);
  return (
    <InspectorSection tone={tone === "neutral" ? undefined : tone}>
      <div className="mini">
        <Status tone={tone}>
          <b className="bb ell" title={finding.title}>
            {finding.title}
          </b>
        </Status>
        {finding.group && (
          <WhyLink
            to={page}
            search={{ tab: "membership", why: finding.group.id }}
            about={`in ${finding.group.name}`}
          />
        )}
      </div>
      <div className="sm t2" style={{ paddingLeft: 13 }}>
        {finding.detail}
        {more > 0 && (
          <>
            {" "}
            <PageLink to={page} className="n">
              {plural(more, "more finding")}
            </PageLink>
          </>
        )}
      </div>
    </InspectorSection>
  );
}

/** All findings, in words, on the profile. */
export function FindingNotes({ findings, page }: { findings: Schema<"FindingRow">[]; page: string }) {
  const several = new Set(findings.map((finding) => finding.source.id)).size > 1;
  return findings.map((finding) => {
    const tone = riskTone(finding.risk);
    return (
      <Note key={finding.id} {...(tone !== "neutral" && { tone })}>
        <b className={tone === "danger" ? "b c-danger" : "b"}>{finding.title}</b>{" "}
        {several && <span className="t3">{finding.source.name} </span>}
        {finding.group && (
          <WhyLink
            to={page}
            search={{ tab: "membership", why: finding.group.id }}
            about={`in ${finding.group.name}`}
          />
        )}
        <br />
        {sentence(finding.detail)} {sentence(finding.remedy)} <span className="age">First seen </span>
        <When at={finding.firstSeen} age="ago" />
      </Note>
    );
  });
}
