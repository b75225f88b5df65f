import type { Schema } from "../../api/client";
import { CopyButton } from "../../ui/Copy";
import { type Fact, KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink } from "../../ui/Links";
import { When } from "../../ui/When";
import { Name, Word } from "../../ui/Word";
import { domainFacts } from "./DomainFacts";

const never = (at: Schema<"Moment">) => at.state !== "never";

/** Who a person is. The same facts stand in the inspector and, with more room, on the page. */
export function IdentityFacts({ identity, wide }: { identity: Schema<"Identity">; wide?: boolean }) {
  const account = identity.accounts[0];
  const facts: (Fact | false | undefined)[] = [
    { label: "Login", value: <Name>{identity.login}</Name>, mono: true },
    account && { label: "DN", value: account.dn, mono: true, title: account.dn },
    { label: "Employee no.", value: <Name>{identity.employeeNumber}</Name> },
    {
      label: "Manager",
      value: identity.manager ? <EntityLink entity={identity.manager} /> : <Word>none</Word>,
    },
    { label: "Contract ends", value: <When at={identity.endDate} form="day" age="ago" /> },
    !!wide && {
      label: "Department",
      value: identity.department ? (
        <PageLink to="/identities" search={{ department: identity.department }} className="n">
          <bdi>{identity.department}</bdi>
        </PageLink>
      ) : (
        <Word>unknown</Word>
      ),
    },
    !!wide && { label: "Title", value: <Name none="unknown">{identity.title}</Name> },
    !!wide && { label: "Kind of employment", value: <Name none="unknown">{identity.employeeType}</Name> },
    !!wide && { label: "Location", value: <Name none="unknown">{identity.location}</Name> },
    !!wide && { label: "Mail", value: <Name none="unknown">{identity.mail}</Name> },
    !!wide && { label: "Phone", value: <Name none="unknown">{identity.phone}</Name> },
    !!wide && {
      label: "Manages",
      value: identity.reports === 0 ? <Word>nobody</Word> : `${identity.reports} accounts`,
    },
    !!wide && { label: "One identity because", value: identity.correlatedBy },
    !!wide && { label: "First seen", value: <When at={identity.firstSeen} age="ago" /> },
  ];
  return <KeyValue facts={facts} {...(wide && { wide })} />;
}

/** What a source says about an account. */
export function AccountFacts({ account, wide }: { account: Schema<"Account">; wide?: boolean }) {
  const facts: (Fact | false | undefined)[] = [
    !!wide && { label: "Login", value: <Name>{account.login}</Name>, mono: account.login !== "" },
    !!wide && account.description !== "" && { label: "What for", value: <bdi>{account.description}</bdi> },
    { label: "Source", value: <EntityLink entity={account.source} /> },
    {
      label: "DN",
      value: wide ? (
        <span className="row">
          {account.dn} <CopyButton text={account.dn} label="Copy the DN" iconOnly />
        </span>
      ) : (
        account.dn
      ),
      mono: true,
      title: account.dn,
    },
    account.identity && { label: "Belongs to", value: <EntityLink entity={account.identity} /> },
    account.sort !== "person" && {
      label: "Owner",
      value: account.owner ? <EntityLink entity={account.owner} /> : <Name>{account.ownerText}</Name>,
    },
    {
      label: "Manager",
      value: account.manager ? <EntityLink entity={account.manager} /> : <Name>{account.managerText}</Name>,
    },
    { label: "Last sign-in", value: <When at={account.lastSignIn} form="day" age="ago" /> },
    never(account.lockedUntil) && {
      label: "Locked until",
      value: <When at={account.lockedUntil} age="ago" />,
    },
    !!wide && { label: "Password changed", value: <When at={account.passwordChanged} age="ago" /> },
    !!wide &&
      account.startDate.state === "known" && {
        label: "Begins",
        value: <When at={account.startDate} form="day" age="ago" />,
      },
    !!wide &&
      account.sort !== "computer" && {
        label: "Contract ends",
        value: <When at={account.endDate} form="day" age="ago" />,
      },
    !!wide &&
      account.sort !== "computer" && {
        label: "Department",
        value: <Name none="unknown">{account.department}</Name>,
      },
    !!wide && { label: "Created", value: <When at={account.createdAt} age="ago" /> },
    !!wide && { label: "Modified", value: <When at={account.modifiedAt} age="ago" /> },
    !!wide && { label: "First seen", value: <When at={account.firstSeen} age="ago" /> },
    !!wide && { label: "Stable id", value: account.externalId, mono: true },
    ...(wide ? domainFacts(account) : []),
  ];
  return <KeyValue facts={facts} {...(wide && { wide })} />;
}
