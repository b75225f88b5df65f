import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { useAddress, useParam } from "../../lib/address";
import { countText } from "../../lib/number";
import { ErrorPage } from "../../ui/ErrorPage";
import { EntityLink, PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { LoadingRows } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { Tag } from "../../ui/Tag";
import { TriStatus } from "../../ui/TriStatus";
import { When } from "../../ui/When";
import { AccountState } from "./AccountState";
import { FindingNotes } from "./Findings";
import { AccountFacts } from "./facts";
import { Membership } from "./Membership";
import { accountQuery } from "./queries";
import { TimelineTab } from "./TimelineTab";

const address = z.object({ tab: z.enum(["profile", "membership", "timeline"]).catch("profile") });

/** The whole page about an account. */
export function AccountPage() {
  const id = useParam("id");
  const [{ tab }, setAddress] = useAddress(address);
  const account = useQuery(accountQuery(id));
  const data = account.data;
  if (account.isError)
    return (
      <ErrorPage
        error={account.error}
        what="This account could not be read."
        retry={() => void account.refetch()}
      />
    );
  if (!data) return <LoadingRows />;
  const subject = { kind: "account" as const, id };
  const list = data.sort === "person" ? {} : { type: data.sort };
  return (
    <>
      <PageHead
        title={data.login || data.name}
        crumb={
          <>
            <PageLink to="/identities" search={list}>
              Identities
            </PageLink>
            {data.identity && (
              <>
                {" / "}
                <EntityLink entity={data.identity} />
              </>
            )}
          </>
        }
        beside={
          <>
            <span className="t2 ell">
              {data.login && <bdi>{data.name} </bdi>}at <EntityLink entity={data.source} />
            </span>
            {data.sort !== "person" && <Tag>{data.sort}</Tag>}
            <TriStatus value={data.enabled} yes="enabled" no="disabled" noTone="none" name="enabled" />
          </>
        }
        acts={
          <span className="age">
            read <When at={data.observedAt} form="near" />, <When at={data.observedAt} age="ago" onlyAge />
          </span>
        }
      />
      <Tabs
        label="About this account"
        panel="account-panel"
        value={tab}
        onChange={(next) => setAddress({ tab: next }, { push: true })}
        tabs={[
          { value: "profile", label: "Profile" },
          { value: "membership", label: "Membership", count: countText(data.groupsEffective) },
          { value: "timeline", label: "Timeline" },
        ]}
      />
      <div id="account-panel" role="tabpanel" className="list grow">
        {tab === "profile" && (
          <Scroll label="Profile">
            <div className="pad stack prose">
              <FindingNotes findings={data.findings} page={`/identities/accounts/${id}`} />
              <AccountState account={data} />
              <AccountFacts account={data} wide />
            </div>
          </Scroll>
        )}
        {tab === "membership" && <Membership subject={subject} findings={data.findings} />}
        {tab === "timeline" && <TimelineTab subject={subject} />}
      </div>
    </>
  );
}
