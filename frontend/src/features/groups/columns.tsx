import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { entityPath } from "../../lib/entity";
import { EntityLink, NumberLink, WhyLink } from "../../ui/Links";
import { PathText } from "../../ui/PathText";
import { RiskStatus } from "../../ui/Risk";
import { Status } from "../../ui/Status";
import { sourceColumn } from "../../ui/sourceColumn";
import { Tag } from "../../ui/Tag";
import { TriStatus } from "../../ui/TriStatus";
import { When } from "../../ui/When";
import { Name } from "../../ui/Word";

const pageOf = (id: string) => entityPath({ kind: "group", id });

/** The columns of the list of groups; of several sources each says which it is of. */
export const groupColumns = (sources: readonly unknown[] | undefined): Column<Schema<"GroupRow">>[] => [
  {
    id: "name",
    header: "Name",
    width: 240,
    grow: 1,
    sort: "name",
    cell: (row) => (
      <>
        <EntityLink entity={{ kind: "group", id: row.id, name: row.name, detail: row.dn }} strong />{" "}
        {row.privileged && <Tag>privileged</Tag>}
      </>
    ),
  },
  ...sourceColumn<Schema<"GroupRow">>(sources, (row) => row.source, { wideOnly: true }),
  {
    id: "description",
    header: "What for",
    wideOnly: true,
    cell: (row) => (
      <span className="t2" title={row.description}>
        <Name none="unknown">{row.description}</Name>
      </span>
    ),
  },
  {
    id: "direct",
    header: "Direct",
    width: 96,
    align: "right",
    title: "Direct members: accounts and groups; those that are neither stand under Unresolved",
    cell: (row) => (
      <NumberLink
        value={row.direct - row.unresolved}
        to={pageOf(row.id)}
        search={{ tab: "direct" }}
        label={`direct members of ${row.name}`}
      />
    ),
  },
  {
    id: "groups",
    header: "Groups",
    width: 72,
    align: "right",
    title: "Groups among the direct members",
    cell: (row) => (
      <NumberLink
        value={row.groups}
        to={pageOf(row.id)}
        search={{ tab: "children" }}
        label={`groups in ${row.name}`}
      />
    ),
  },
  {
    id: "unresolved",
    header: "Unresolved",
    width: 88,
    align: "right",
    wideOnly: true,
    cell: (row) => (
      <NumberLink
        value={row.unresolved}
        to={pageOf(row.id)}
        search={{ tab: "unresolved" }}
        label={`unresolved members of ${row.name}`}
      />
    ),
  },
  {
    id: "memberOf",
    header: "Member of",
    width: 88,
    align: "right",
    cell: (row) => (
      <NumberLink
        value={row.memberOf}
        to={pageOf(row.id)}
        search={{ tab: "parents" }}
        label={`groups ${row.name} is in`}
      />
    ),
  },
  {
    id: "owner",
    header: "Owner",
    width: 140,
    wideOnly: true,
    cell: (row) => (row.owner ? <EntityLink entity={row.owner} /> : <Name>{row.ownerText}</Name>),
  },
  { id: "finding", header: "Findings", width: 168, cell: (row) => <RiskStatus finding={row.finding} /> },
];

/** Members of one group; effective ones with the path they come by. */
export function memberColumns(
  group: { id: string; name: string },
  effective: boolean,
): Column<Schema<"Member">>[] {
  const how: Column<Schema<"Member">>[] = [
    {
      id: "how",
      header: "How",
      width: 68,
      wideOnly: true,
      cell: (row) => <span className="t2">{row.direct ? "direct" : "nested"}</span>,
    },
    { id: "steps", header: "Steps", width: 60, align: "right", cell: (row) => row.steps },
    { id: "path", header: "Shortest path", cell: (row) => <PathText path={row.path} /> },
  ];
  const facts: Column<Schema<"Member">>[] = [
    {
      id: "department",
      header: "Department",
      cell: (row) => (row.sort === "group" ? null : <Name none="unknown">{row.department}</Name>),
    },
    {
      id: "enabled",
      header: "State",
      width: 132,
      cell: (row) =>
        row.sort === "group" ? (
          <Status>group</Status>
        ) : (
          <TriStatus value={row.enabled} yes="enabled" no="disabled" noTone="none" name="enabled" />
        ),
    },
    {
      id: "lastSignIn",
      header: "Last sign-in",
      width: 124,
      wideOnly: true,
      cell: (row) => (row.sort === "group" ? null : <When at={row.lastSignIn} form="day" age="short" />),
    },
  ];
  return [
    {
      id: "name",
      header: "Member",
      width: 216,
      cell: (row) => (
        <>
          <EntityLink entity={row.identity ?? row.ref} strong />{" "}
          {row.sort !== "person" && <Tag>{row.sort}</Tag>}
        </>
      ),
    },
    {
      id: "login",
      header: "Login",
      width: 124,
      cell: (row) =>
        row.sort === "group" ? null : <EntityLink entity={{ ...row.ref, name: row.login }} mono />,
    },
    ...(effective ? how : facts),
    { id: "since", header: "Since", width: 124, cell: (row) => <When at={row.since} form="recent" /> },
    {
      id: "why",
      header: <span className="sr-only">Why</span>,
      width: 72,
      align: "right",
      cell: (row) =>
        row.sort === "group" ? null : (
          <WhyLink
            to={entityPath(row.ref)}
            search={{ tab: "membership", why: group.id }}
            about={`is ${row.login} in ${group.name}`}
          />
        ),
    },
  ];
}

const reasons: Record<Schema<"UnresolvedMember">["reason"], string> = {
  dangling: "dangling: no such entry below the base",
  outsideScope: "outside the base of this source",
  ambiguous: "fits several entries",
  malformed: "not a name the directory can hold",
  foreign: "of another domain or forest",
  skipped: "its entry could not be read",
};

export const unresolvedColumns: Column<Schema<"UnresolvedMember">>[] = [
  {
    id: "value",
    header: "As the directory stores it",
    cell: (row) => (
      <span className="mono" title={row.value}>
        {row.value}
      </span>
    ),
  },
  {
    id: "reason",
    header: "Why it is unresolved",
    width: 280,
    cell: (row) => <Status tone="none">{reasons[row.reason]}</Status>,
  },
  { id: "since", header: "Since", width: 124, cell: (row) => <When at={row.since} form="recent" /> },
];

export const nestedColumns: Column<Schema<"NestedGroup">>[] = [
  {
    id: "group",
    header: "Group",
    width: 264,
    cell: (row) => (
      <>
        <EntityLink entity={row.group} strong /> {row.privileged && <Tag>privileged</Tag>}
      </>
    ),
  },
  {
    id: "how",
    header: "How",
    width: 72,
    cell: (row) => <span className="t2">{row.steps === 1 ? "direct" : "nested"}</span>,
  },
  { id: "steps", header: "Steps", width: 60, align: "right", cell: (row) => row.steps },
  { id: "path", header: "Shortest path", cell: (row) => <PathText path={row.path} /> },
];
