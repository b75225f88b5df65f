import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import type { Schema } from "../../api/client";
import { useMay } from "../../api/session";
import { useAddress, useParam } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { riskTone, worst } from "../../lib/risk";
import { ErrorPage } from "../../ui/ErrorPage";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { Tabs } from "../../ui/Tabs";
import { TriStatus } from "../../ui/TriStatus";
import { When } from "../../ui/When";
import { FindingNotes } from "./Findings";
import { IdentityFacts } from "./facts";
import { LinksOf } from "./LinksOf";
import { Membership } from "./Membership";
import { identityQuery } from "./queries";
import { TimelineTab } from "./TimelineTab";

const address = z.object({ tab: z.enum(["profile", "accounts", "membership", "timeline"]).catch("profile") });

/** The whole page about a person. */
export function IdentityPage() {
  const id = useParam("id");
  const [{ tab }, setAddress] = useAddress(address);
  const identity = useQuery(identityQuery(id));
  const mayVerify = useMay("factor.verify");
  const mayEnrol = useMay("factor.manage");
  const data = identity.data;
  if (identity.isError)
    return (
      <ErrorPage
        error={identity.error}
        what="This identity could not be read."
        retry={() => void identity.refetch()}
      />
    );
  if (!data) return <LoadingRows />;
  const subject = { kind: "identity" as const, id };
  const page = `/identities/${id}`;
  const newest = data.accounts
    .map((account) => account.observedAt)
    .sort()
    .at(-1);
  return (
    <>
      <PageHead
        title={data.name}
        crumb={
          <>
            <PageLink to="/identities">Identities</PageLink>
            {data.department && (
              <>
                {" / "}
                <PageLink to="/identities" search={{ department: data.department }}>
                  <bdi>{data.department}</bdi>
                </PageLink>
              </>
            )}
          </>
        }
        beside={<Who identity={data} />}
        acts={
          <>
            {data.redirectedFrom && (
              <span className="t3">id {data.redirectedFrom} was merged into this one</span>
            )}
            {newest && (
              <span className="age">
                read <When at={newest} form="near" />, <When at={newest} age="ago" onlyAge />
              </span>
            )}
            <PageLink to="/history" search={{ span: "d30", identity: id }} className="btn">
              What changed
            </PageLink>
            {mayVerify && (
              <PageLink to={`/factors/verify/${id}`} className="btn">
                Verify caller…
              </PageLink>
            )}
            {mayEnrol && (
              <PageLink to={`/factors/enrol/${id}`} className="btn">
                Enrol a one-time code…
              </PageLink>
            )}
          </>
        }
      />
      <Tabs
        label="About this person"
        panel="identity-panel"
        value={tab}
        onChange={(next) => setAddress({ tab: next }, { push: true })}
        tabs={[
          { value: "profile", label: "Profile" },
          { value: "accounts", label: "Accounts", count: data.accounts.length },
          { value: "membership", label: "Membership", count: countText(data.groupsEffective) },
          { value: "timeline", label: "Timeline" },
        ]}
      />
      <div id="identity-panel" role="tabpanel" className="list grow">
        {tab === "profile" && (
          <Scroll label="Profile">
            <div className="pad stack prose">
              <FindingNotes findings={data.findings} page={page} />
              <IdentityFacts identity={data} wide />
            </div>
          </Scroll>
        )}
        {tab === "accounts" && (
          <Scroll label="Accounts">
            <Table
              label="Accounts"
              columns={accountColumns}
              rows={data.accounts}
              rowKey={(account) => account.id}
            />
            <LinksOf identity={data} />
          </Scroll>
        )}
        {tab === "membership" && <Membership subject={subject} findings={data.findings} />}
        {tab === "timeline" && <TimelineTab subject={subject} />}
      </div>
    </>
  );
}

/** Login, job, state and the worst finding, beside the name. */
function Who({ identity }: { identity: Schema<"Identity"> }) {
  const finding = worst(identity.findings);
  const same = identity.findings.filter((each) => each.risk === finding?.risk).length;
  return (
    <>
      <span className="mono t2">{identity.login}</span>
      {identity.title && (
        <span className="t2 ell keep" title={identity.title}>
          {identity.title}
        </span>
      )}
      {identity.endDate.state === "known" && (
        <span className="t2 ell">
          contract ends <When at={identity.endDate} form="day" />
        </span>
      )}
      <TriStatus
        value={identity.enabled}
        yes="enabled"
        no="no account enabled"
        noTone="none"
        name="enabled"
      />
      {finding && (
        <Status tone={riskTone(finding.risk)} word>
          {plural(same, `${finding.risk} finding`)}
        </Status>
      )}
    </>
  );
}

const accountColumns: Column<Schema<"Account">>[] = [
  {
    id: "login",
    header: "Login",
    width: 176,
    cell: (account) => (
      <EntityLink
        entity={{ kind: "account", id: account.id, name: account.login || account.name }}
        mono
        strong
      />
    ),
  },
  { id: "source", header: "Source", width: 196, cell: (account) => <EntityLink entity={account.source} /> },
  {
    id: "enabled",
    header: "State",
    width: 176,
    cell: (account) => (
      <TriStatus value={account.enabled} yes="enabled" no="disabled" noTone="none" name="enabled" />
    ),
  },
  {
    id: "groups",
    header: "Groups",
    width: 80,
    align: "right",
    title: "Groups, effective",
    cell: (account) => (
      <NumberLink
        value={account.groupsEffective}
        to={`/identities/accounts/${account.id}`}
        search={{ tab: "membership" }}
        label={`effective groups of ${account.login}`}
      />
    ),
  },
  {
    id: "lastSignIn",
    header: "Last sign-in",
    width: 148,
    cell: (account) => <When at={account.lastSignIn} form="day" age="short" />,
  },
  {
    id: "dn",
    header: "DN",
    cell: (account) => (
      <span className="mono t2" title={account.dn}>
        {account.dn}
      </span>
    ),
  },
];
