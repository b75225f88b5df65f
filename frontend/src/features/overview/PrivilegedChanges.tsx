import { useState } from "react";
import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { entityPath } from "../../lib/entity";
import { plural } from "../../lib/number";
import { EntityLink, PageLink, WhyLink } from "../../ui/Links";
import { Card } from "../../ui/Page";
import { PathText } from "../../ui/PathText";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import type { Overview } from "./queries";

type Change = Schema<"PrivilegedChange">;

// More than this and the card would push everything else out of sight.
const shownAtOnce = 5;

const columns: Column<Change>[] = [
  { id: "at", header: "Observed", width: 112, cell: (change) => <When at={change.at} /> },
  { id: "who", header: "Who", width: 232, cell: (change) => <Who change={change} /> },
  { id: "group", header: "Group", width: 144, cell: (change) => <EntityLink entity={change.group} strong /> },
  { id: "path", header: "How", cell: (change) => <How change={change} /> },
  {
    id: "sourceTime",
    header: "At the source",
    width: 196,
    wideOnly: true,
    cell: (change) => (
      <>
        <span className="age">at the source </span>
        {change.sourceTime ? <When at={change.sourceTime} /> : <Word>not told</Word>}
      </>
    ),
  },
  {
    id: "event",
    header: "Evidence",
    width: 132,
    align: "right",
    cell: (change) => (
      <PageLink to={entityPath({ kind: "run", id: change.run })} className="why">
        Look at run
      </PageLink>
    ),
  },
];

/** Who gained or lost power over others: the first thing to look at. */
export function PrivilegedChanges({ overview }: { overview: Overview }) {
  const [all, setAll] = useState(false);
  const { privilegedChanges: changes, privilegedSince } = overview;
  const newest = overview.sources
    .flatMap((source) => source.lastComplete?.endedAt ?? [])
    .sort()
    .at(-1);
  const rows = all ? changes : changes.slice(0, shownAtOnce);
  const rest = changes.length - rows.length;
  return (
    <Card
      title="Privileged groups"
      beside={
        privilegedSince && (
          <>
            {changes.length > 0 ? plural(changes.length, "change") : "no change"} since{" "}
            <When at={privilegedSince} />
          </>
        )
      }
      aside={
        newest && (
          <span className="age">
            last read <When at={newest} form="near" age="ago" />
          </span>
        )
      }
    >
      {changes.length === 0 ? (
        <p className="t2" style={{ padding: "8px 16px" }}>
          {privilegedSince
            ? "Nobody gained or lost a privileged group."
            : "Changes are counted from the first read that is applied."}
        </p>
      ) : (
        <Table
          label="Changes in privileged groups"
          columns={columns}
          rows={rows}
          rowKey={(change) =>
            `${change.event}-${change.op}-${change.member.id}-${change.member.name}-${change.group.id}`
          }
          look="plain"
          headless
        />
      )}
      {rest > 0 && (
        <button type="button" className="why" style={{ padding: "6px 16px" }} onClick={() => setAll(true)}>
          {plural(rest, "older change")}
        </button>
      )}
    </Card>
  );
}

/** "+ 12 accounts", "− Imran Chaudhry ichaudhry-adm". */
function Who({ change }: { change: Change }) {
  const gained = change.op === "added";
  return (
    <>
      <span className={gained ? "sign c-danger" : "sign t2"} aria-hidden="true">
        {gained ? "+" : "−"}
      </span>
      <span className="sr-only">{gained ? "gained by" : "lost by"} </span>
      {change.memberKind === "unresolved" ? (
        <span className="mono" title={change.member.name}>
          {change.member.name}
        </span>
      ) : change.memberKind === "group" ? (
        <PageLink to={entityPath(change.member)} className="b" title={`all in ${change.member.name}`}>
          {plural(change.accounts, "account")}
        </PageLink>
      ) : (
        <>
          <EntityLink entity={change.member} strong />{" "}
          {change.member.detail && change.member.detail !== change.member.name && (
            <span className="mono t3">{change.member.detail}</span>
          )}
        </>
      )}
    </>
  );
}

/** The groups that lie between who changed and the privileged group, which has a column of its own. */
export function stepsBetween({ path, group }: Pick<Change, "path" | "group">): Change["path"] {
  return path.at(-1)?.id === group.id ? path.slice(0, -1) : path;
}

function How({ change }: { change: Change }) {
  const why = change.op === "added" && change.account && (
    <WhyLink
      to={entityPath(change.account)}
      search={{ tab: "membership", why: change.group.id }}
      about={`is ${change.account.name} in ${change.group.name}`}
    />
  );
  const between = stepsBetween(change);
  if (between.length === 0)
    return (
      <span className="row">
        <span className="t2">direct</span>
        {why}
      </span>
    );
  return (
    <span className="row">
      <span className="t2 w-only">through</span>
      <span style={{ minWidth: 0 }}>
        <PathText path={between} />
      </span>
      {why}
    </span>
  );
}
