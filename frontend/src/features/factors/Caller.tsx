import type { Schema } from "../../api/client";
import { plural } from "../../lib/number";
import { riskTone, worst } from "../../lib/risk";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink } from "../../ui/Links";
import { Scroll, Section } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { TriStatus } from "../../ui/TriStatus";
import { When } from "../../ui/When";
import { Name, Word } from "../../ui/Word";

/** Who a person is, so that the operator can hear whether the caller is the same. */
export function Caller({ identity }: { identity: Schema<"Identity"> }) {
  const finding = worst(identity.findings);
  const tone = finding && riskTone(finding.risk);
  const more = identity.findings.length - 1;
  return (
    <Scroll label={`About ${identity.name}`}>
      <Section
        top={false}
        title={<bdi>{identity.name}</bdi>}
        beside={<span className="mono">{identity.login}</span>}
        aside={
          <PageLink to={`/identities/${identity.id}`} className="why">
            Open identity
          </PageLink>
        }
      >
        <div className="pad first">
          <KeyValue
            wide
            facts={[
              { label: "Title", value: <Name none="unknown">{identity.title}</Name> },
              { label: "Department", value: <Name none="unknown">{identity.department}</Name> },
              {
                label: "Manager",
                value: identity.manager ? <EntityLink entity={identity.manager} /> : <Word>none</Word>,
              },
              { label: "Location", value: <Name none="unknown">{identity.location}</Name> },
              { label: "Contract ends", value: <When at={identity.endDate} form="day" age="ago" /> },
            ]}
          />
        </div>
      </Section>
      <Section title="Worst finding" beside={more > 0 && `of ${plural(identity.findings.length, "finding")}`}>
        <div className="pad first">
          {finding && tone ? (
            <>
              <Status tone={tone}>
                <b className={tone === "danger" ? "b wrap c-danger" : "b wrap"}>{finding.title}</b>
              </Status>
              <p className="t2 wrap">{finding.detail}</p>
            </>
          ) : (
            <Word>none</Word>
          )}
        </div>
      </Section>
      <Section title="Accounts">
        <div className="pad first">
          {identity.accounts.map((account) => (
            <div key={account.id} className="mini">
              <span className="ell">
                <EntityLink entity={{ kind: "account", id: account.id, name: account.login }} mono strong />{" "}
                <span className="t3">
                  {account.source.name}, read <When at={account.observedAt} form="near" />
                </span>
              </span>
              <TriStatus value={account.enabled} yes="enabled" no="disabled" noTone="none" name="enabled" />
            </div>
          ))}
        </div>
      </Section>
    </Scroll>
  );
}
