import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { entityPath } from "../../lib/entity";
import { EntityLink, NumberLink } from "../../ui/Links";
import { RiskStatus } from "../../ui/Risk";
import { sourceColumn } from "../../ui/sourceColumn";
import { TriStatus } from "../../ui/TriStatus";
import { When } from "../../ui/When";
import { Name, Word } from "../../ui/Word";

/** Direct and effective groups of a row, each opening its rows. */
function Groups({
  of,
  direct,
  effective,
  name,
}: {
  of: string;
  direct: number;
  effective: number;
  name: string;
}) {
  return (
    <>
      <NumberLink
        value={direct}
        to={of}
        search={{ tab: "membership", how: "direct" }}
        label={`direct groups of ${name}`}
      />{" "}
      <span className="t3">/</span>{" "}
      <NumberLink
        value={effective}
        to={of}
        search={{ tab: "membership" }}
        label={`effective groups of ${name}`}
      />
    </>
  );
}

export const personColumns: Column<Schema<"IdentityRow">>[] = [
  {
    id: "name",
    header: "Name",
    width: 192,
    grow: 1,
    sort: "name",
    cell: (row) => <EntityLink entity={{ kind: "identity", id: row.id, name: row.listName }} strong />,
  },
  {
    id: "login",
    header: "Login",
    width: 112,
    grow: 0.25,
    sort: "login",
    cell: (row) => (row.login ? <span className="mono t2">{row.login}</span> : <Word>none</Word>),
  },
  {
    id: "department",
    header: "Department",
    width: 132,
    grow: 0.5,
    sort: "department",
    wideOnly: true,
    cell: (row) => (
      <span className="t2">
        <Name none="unknown">{row.department}</Name>
      </span>
    ),
  },
  {
    id: "accounts",
    header: "Accounts",
    width: 72,
    align: "right",
    wideOnly: true,
    cell: (row) => (
      <NumberLink
        value={row.accounts}
        to={entityPath({ kind: "identity", id: row.id })}
        search={{ tab: "accounts" }}
        label={`accounts of ${row.name}`}
      />
    ),
  },
  {
    id: "groups",
    header: "Groups",
    width: 76,
    align: "right",
    title: "Groups, direct / effective",
    cell: (row) => (
      <Groups
        of={entityPath({ kind: "identity", id: row.id })}
        direct={row.groupsDirect}
        effective={row.groupsEffective}
        name={row.name}
      />
    ),
  },
  {
    id: "lastSignIn",
    header: "Last sign-in",
    width: 108,
    sort: "lastSignIn",
    cell: (row) => <When at={row.lastSignIn} form="day" age="short" />,
  },
  { id: "finding", header: "Findings", cell: (row) => <RiskStatus finding={row.finding} /> },
];

const accountLogin: Column<Schema<"AccountRow">> = {
  id: "login",
  header: "Login",
  width: 148,
  grow: 1,
  sort: "login",
  cell: (row) =>
    row.login ? (
      <EntityLink entity={{ kind: "account", id: row.id, name: row.login }} mono strong />
    ) : (
      <EntityLink entity={{ kind: "account", id: row.id, name: row.name }}>
        <Word>none</Word>
      </EntityLink>
    ),
};

const accountState: Column<Schema<"AccountRow">>[] = [
  {
    id: "groups",
    header: "Groups",
    width: 76,
    align: "right",
    title: "Groups, direct / effective",
    cell: (row) => (
      <Groups
        of={entityPath({ kind: "account", id: row.id })}
        direct={row.groupsDirect}
        effective={row.groupsEffective}
        name={row.login}
      />
    ),
  },
  {
    id: "lastSignIn",
    header: "Last sign-in",
    width: 116,
    cell: (row) => <When at={row.lastSignIn} form="day" age="short" />,
  },
  { id: "finding", header: "Findings", cell: (row) => <RiskStatus finding={row.finding} /> },
];

/** Every account, whoever or whatever it is for. */
const ofAll: Column<Schema<"AccountRow">>[] = [
  {
    id: "name",
    header: "Name",
    width: 140,
    grow: 1,
    sort: "name",
    cell: (row) => <Name none="unknown">{row.name}</Name>,
  },
  {
    id: "sort",
    header: "Kind",
    width: 80,
    wideOnly: true,
    cell: (row) => <span className="t2">{row.sort}</span>,
  },
];

/** Accounts with no person behind them: what they are for and who answers for them. */
const ofNobody: Column<Schema<"AccountRow">>[] = [
  {
    id: "description",
    header: "What for",
    width: 160,
    grow: 1,
    wideOnly: true,
    cell: (row) => (
      <span className="t2" title={row.description}>
        <Name none="unknown">{row.description}</Name>
      </span>
    ),
  },
  {
    id: "owner",
    header: "Owner",
    width: 144,
    cell: (row) => (row.owner ? <EntityLink entity={row.owner} /> : <Name>{row.ownerText}</Name>),
  },
];

/** Computers: nobody signs in as one, so what counts is whether it works and where it stands. */
const ofComputers: Column<Schema<"AccountRow">>[] = [
  {
    id: "enabled",
    header: "State",
    width: 112,
    cell: (row) => <TriStatus value={row.enabled} yes="enabled" no="disabled" noTone="none" name="enabled" />,
  },
  {
    id: "dn",
    header: "DN",
    width: 200,
    grow: 1,
    wideOnly: true,
    cell: (row) => (
      <span className="mono t2" title={row.dn}>
        {row.dn}
      </span>
    ),
  },
];

const facts = { service: ofNobody, shared: ofNobody, computer: ofComputers, account: ofAll };

/** The columns of a list of accounts; of several sources each says which it is of. */
export function accountColumns(
  type: keyof typeof facts,
  sources: readonly unknown[] | undefined,
): Column<Schema<"AccountRow">>[] {
  const source = sourceColumn<Schema<"AccountRow">>(sources, (row) => row.source, { wideOnly: true });
  return [accountLogin, ...source, ...facts[type], ...accountState];
}
