import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/client";
import { useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { useKey } from "../../lib/keys";
import { countText } from "../../lib/number";
import { worst } from "../../lib/risk";
import { Button } from "../../ui/Button";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { EntityLink, NumberLink, PageLink, WhyLink } from "../../ui/Links";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Tag } from "../../ui/Tag";
import { ShortTimeline } from "../../ui/Timeline";
import { When } from "../../ui/When";
import { AccountState } from "./AccountState";
import { FindingSection } from "./Findings";
import { AccountFacts, IdentityFacts } from "./facts";
import { accountQuery, identityQuery, membershipsQuery, type Subject, timelineStartQuery } from "./queries";

/** A person beside the list. */
export function IdentityInspector({ id, onClose }: { id: string; onClose(): void }) {
  const identity = useQuery(identityQuery(id));
  const data = identity.data;
  return (
    <SubjectInspector
      subject={{ kind: "identity", id }}
      title={data?.name ?? ""}
      subtitle={[data?.title, data?.department, data?.location].filter(Boolean).join(" · ")}
      loading={!data}
      error={identity.error}
      retry={() => void identity.refetch()}
      findings={data?.findings ?? []}
      accounts={data?.accounts ?? []}
      facts={data && <IdentityFacts identity={data} />}
      onClose={onClose}
    />
  );
}

/** An account beside the list. */
export function AccountInspector({ id, onClose }: { id: string; onClose(): void }) {
  const account = useQuery(accountQuery(id));
  const data = account.data;
  return (
    <SubjectInspector
      subject={{ kind: "account", id }}
      title={data ? data.login || data.name : ""}
      subtitle={data?.description}
      loading={!data}
      error={account.error}
      retry={() => void account.refetch()}
      findings={data?.findings ?? []}
      accounts={data ? [data] : []}
      facts={data && <AccountFacts account={data} />}
      onClose={onClose}
    />
  );
}

function SubjectInspector(props: {
  subject: Subject;
  title: string;
  subtitle: string | undefined;
  loading: boolean;
  error: unknown;
  retry(): void;
  findings: Schema<"FindingRow">[];
  accounts: Schema<"Account">[];
  facts: React.ReactNode;
  onClose(): void;
}) {
  const { subject } = props;
  const go = useGo();
  const page = entityPath(subject);
  const finding = worst(props.findings);
  useKey("w", "Why the worst finding", "Lists", () => {
    go(page, { tab: "membership", ...(finding?.group && { why: finding.group.id }) });
  });
  return (
    <Inspector
      title={props.title}
      subtitle={props.subtitle}
      onClose={props.onClose}
      acts={
        <Button size="sm" onClick={() => go(page)}>
          Open
        </Button>
      }
    >
      {props.error ? (
        <ErrorState error={props.error} what="This could not be read." onRetry={props.retry} />
      ) : props.loading ? (
        <LoadingRows rows={6} />
      ) : (
        <>
          {finding && <FindingSection finding={finding} page={page} more={props.findings.length - 1} />}
          <InspectorSection>{props.facts}</InspectorSection>
          {props.accounts.map((account) => (
            <InspectorSection
              key={account.id}
              title={
                props.accounts.length === 1 ? (
                  "State"
                ) : (
                  <EntityLink
                    entity={{ kind: "account", id: account.id, name: account.login || account.name }}
                    mono
                  />
                )
              }
              aside={
                <span className="age">
                  {account.source.name}, <When at={account.observedAt} form="near" />
                </span>
              }
            >
              <AccountState account={account} />
            </InspectorSection>
          ))}
          <Memberships subject={subject} page={page} findings={props.findings} />
          <Newest subject={subject} page={page} />
        </>
      )}
    </Inspector>
  );
}

const shownGroups = 5;

function Memberships({
  subject,
  page,
  findings,
}: {
  subject: Subject;
  page: string;
  findings: Schema<"FindingRow">[];
}) {
  const memberships = useQuery(membershipsQuery(subject));
  if (!memberships.data)
    return memberships.isError ? (
      <ErrorState error={memberships.error} what="Memberships could not be read." />
    ) : null;
  const { items, direct, effective } = memberships.data;
  const reached = new Set(findings.map((finding) => finding.group?.id));
  const several = new Set(items.map((each) => each.source.id)).size > 1;
  return (
    <InspectorSection
      title="Memberships"
      aside={
        <span className="sm t3">
          <NumberLink
            value={direct}
            to={page}
            search={{ tab: "membership", how: "direct" }}
            label="direct memberships"
          />{" "}
          direct ·{" "}
          <NumberLink
            value={effective}
            to={page}
            search={{ tab: "membership" }}
            label="effective memberships"
          />{" "}
          effective
        </span>
      }
    >
      {items.length === 0 && <span className="unk">in no group</span>}
      {items.slice(0, shownGroups).map((each) => (
        <div className="mini" key={`${each.account.id}-${each.group.id}`}>
          <div className="ell">
            <EntityLink entity={each.group} strong danger={reached.has(each.group.id)} />{" "}
            {each.privileged && <Tag>privileged</Tag>}{" "}
            <span className="t3">
              {each.direct ? "direct" : `nested, ${each.steps} steps`}
              {several && ` · ${each.source.name}`}
            </span>
          </div>
          <WhyLink
            to={page}
            search={{ tab: "membership", why: each.group.id, account: each.account.id }}
            about={`in ${each.group.name}`}
          />
        </div>
      ))}
      {items.length > shownGroups && (
        <PageLink to={page} search={{ tab: "membership" }} className="sm link">
          {countText(items.length - shownGroups)} more
        </PageLink>
      )}
    </InspectorSection>
  );
}

function Newest({ subject, page }: { subject: Subject; page: string }) {
  const entries = useQuery(timelineStartQuery(subject));
  if (entries.isError)
    return (
      <ErrorState
        error={entries.error}
        what="The timeline could not be read."
        onRetry={() => void entries.refetch()}
      />
    );
  if (!entries.data || entries.data.total === 0) return null;
  return (
    <InspectorSection
      title="Timeline"
      aside={
        <PageLink to={page} search={{ tab: "timeline" }} className="why">
          all {countText(entries.data.total)}
        </PageLink>
      }
    >
      <ShortTimeline entries={entries.data.items} />
    </InspectorSection>
  );
}
