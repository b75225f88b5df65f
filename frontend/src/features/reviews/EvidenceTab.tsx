import { countText } from "../../lib/number";
import { CopyButton } from "../../ui/Copy";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { Note, Scroll, Section } from "../../ui/Page";
import { When } from "../../ui/When";
import { ArithmeticView } from "./ArithmeticView";
import { Frozen } from "./Due";
import { ruleWords } from "./plan";
import type { Detail } from "./queries";
import { SourcesFrozen } from "./SourcesFrozen";
import { incomplete } from "./sums";
import { Workbook } from "./Workbook";

/** The sums of a campaign, what was left out and why, and the workbook for an auditor. */
export function EvidenceTab({ campaign }: { campaign: Detail }) {
  const { arithmetic, exclusions } = campaign;
  const left = incomplete(arithmetic);
  return (
    <Scroll label="Evidence">
      <Section title="Arithmetic" top={false} aside={<Workbook campaign={campaign} />}>
        <div className="pad stack lean">
          <ArithmeticView sums={arithmetic} id={campaign.id} />
          {left ? (
            <Note tone="warn">Not complete: {left}.</Note>
          ) : (
            <Note tone="ok">Complete: nothing is deferred, not known or undecided.</Note>
          )}
        </div>
      </Section>
      <Section title="What was frozen">
        <div className="pad lean">
          <KeyValue
            wide
            facts={[
              {
                label: "Frozen",
                value: (
                  <>
                    <Frozen campaign={campaign} />, in{" "}
                    <PageLink to="/audit" search={{ open: String(campaign.event) }} className="n">
                      event {countText(campaign.event)}
                    </PageLink>
                  </>
                ),
              },
              {
                label: "Digest",
                value: (
                  <span className="row">
                    <span className="mono wrap">{campaign.digest}</span>
                    <CopyButton text={campaign.digest} iconOnly label="Copy the digest" />
                  </span>
                ),
              },
              campaign.sourceReason !== undefined && {
                label: "Source not complete",
                value: campaign.sourceReason,
              },
              ...exclusions.map((each) => ({
                label: `Without ${ruleWords(each.rule)}`,
                value: (
                  <>
                    <NumberLink
                      value={each.count ?? 0}
                      to={`/reviews/${campaign.id}`}
                      search={{ excluded: "yes", reviewer: "all" }}
                      label={`${ruleWords(each.rule)} left out`}
                    />{" "}
                    left out: {each.reason}
                  </>
                ),
              })),
              exclusions.length === 0 && { label: "Exclusions", value: <span className="unk">none</span> },
            ]}
          />
        </div>
        <SourcesFrozen sources={campaign.sources} />
      </Section>
      {campaign.state === "closed" && (
        <Section title="Signed off">
          <div className="pad lean">
            <KeyValue
              wide
              facts={[
                {
                  label: "Signed by",
                  value: campaign.signer ? <EntityLink entity={campaign.signer} /> : "unknown",
                },
                { label: "Closed", value: <When at={campaign.closedAt} age="ago" /> },
                { label: "Statement", value: campaign.statement },
                !!campaign.closeReason && { label: "Closed incomplete", value: campaign.closeReason },
                !!campaign.closedEvent && {
                  label: "Event",
                  value: (
                    <PageLink to="/audit" search={{ open: String(campaign.closedEvent) }} className="n">
                      {countText(campaign.closedEvent)}
                    </PageLink>
                  ),
                },
              ]}
            />
          </div>
        </Section>
      )}
    </Scroll>
  );
}
