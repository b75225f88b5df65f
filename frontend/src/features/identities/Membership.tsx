import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import type { Schema } from "../../api/client";
import { useAddress } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { countText } from "../../lib/number";
import { EntityLink } from "../../ui/Links";
import { PathText } from "../../ui/PathText";
import { Segmented } from "../../ui/Segmented";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { sourceColumn } from "../../ui/sourceColumn";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";
import { When } from "../../ui/When";
import { membershipsQuery, type Subject } from "./queries";
import { WhyMembership } from "./WhyMembership";

const text = z.string().optional().catch(undefined);
const address = z.object({
  how: z.enum(["effective", "direct"]).catch("effective"),
  why: text,
  account: text,
});

/** Which groups a subject is in, directly and by nesting, and for each the reason. */
export function Membership({ subject, findings }: { subject: Subject; findings: Schema<"FindingRow">[] }) {
  const [{ how, why, account }, setAddress] = useAddress(address);
  const memberships = useQuery(membershipsQuery(subject));
  const data = memberships.data;
  if (memberships.isError)
    return (
      <ErrorState
        error={memberships.error}
        what="Memberships could not be read."
        onRetry={() => void memberships.refetch()}
      />
    );
  if (!data) return <LoadingRows />;

  const shown = how === "direct" ? data.items.filter((each) => each.direct) : data.items;
  const asked = data.items.find((each) => each.group.id === why && (!account || each.account.id === account));
  const reached = new Set(findings.map((finding) => finding.group?.id));
  const severalAccounts = new Set(data.items.map((each) => each.account.id)).size > 1;
  const sources = [...new Set(data.items.map((each) => each.source.name))];
  return (
    <>
      <div className="chips">
        <b className="bb">{how === "direct" ? "Direct" : "Effective"} group membership</b>
        <span className="t2">
          {countText(data.direct)} direct, {countText(data.effective - data.direct)} by nesting
          {sources.length > 0 && `, ${sources.join(", ")}`}
        </span>
        <span className="grow" />
        {data.unsure.map((reason) => (
          <Status key={reason} tone="warn" small>
            {reason}
          </Status>
        ))}
        <Segmented
          small
          label="Memberships shown"
          value={how}
          onChange={(next) => setAddress({ how: next })}
          choices={[
            { value: "effective", label: "Effective" },
            { value: "direct", label: "Direct" },
          ]}
        />
      </div>
      {shown.length === 0 ? (
        <EmptyState>
          {how === "direct" ? "In no group directly." : "In no group, directly or by nesting."}
        </EmptyState>
      ) : (
        <section className="fitted scroll" data-pane="list" aria-label="Groups">
          <Table
            label="Groups"
            columns={columns(reached, severalAccounts, sources, asked, (each) =>
              setAddress({ why: each.group.id, account: each.account.id }),
            )}
            rows={shown}
            rowKey={keyOf}
            selected={asked && keyOf(asked)}
            onSelect={(each) => setAddress({ why: each.group.id, account: each.account.id })}
          />
        </section>
      )}
      {asked && (
        <WhyMembership
          key={keyOf(asked)}
          membership={asked}
          danger={reached.has(asked.group.id)}
          onClose={() => setAddress({ why: undefined, account: undefined })}
        />
      )}
    </>
  );
}

function keyOf(each: Schema<"Membership">): string {
  return `${each.account.id}-${each.group.id}`;
}

function columns(
  reached: Set<string | undefined>,
  severalAccounts: boolean,
  sources: string[],
  asked: Schema<"Membership"> | undefined,
  ask: (each: Schema<"Membership">) => void,
): Column<Schema<"Membership">>[] {
  const account: Column<Schema<"Membership">> = {
    id: "account",
    header: "Account",
    width: 124,
    cell: (each) => (
      <EntityLink entity={{ ...each.account, name: each.account.detail || each.account.name }} mono />
    ),
  };
  return [
    {
      id: "group",
      header: "Group",
      width: 236,
      cell: (each) => (
        <>
          <EntityLink entity={each.group} strong danger={reached.has(each.group.id)} />{" "}
          {each.privileged && <Tag>privileged</Tag>}
        </>
      ),
    },
    ...(severalAccounts ? [account] : []),
    ...sourceColumn<Schema<"Membership">>(sources, (each) => each.source, { width: 120 }),
    {
      id: "how",
      header: "How",
      width: 68,
      wideOnly: true,
      cell: (each) => <span className="t2">{each.direct ? "direct" : "nested"}</span>,
    },
    { id: "steps", header: "Steps", width: 56, align: "right", cell: (each) => each.steps },
    { id: "path", header: "Shortest path", cell: (each) => <PathText path={each.path} /> },
    { id: "since", header: "Since", width: 116, cell: (each) => <When at={each.since} form="recent" /> },
    {
      id: "why",
      header: <span className="sr-only">Why</span>,
      width: 96,
      align: "right",
      cell: (each) =>
        asked && keyOf(asked) === keyOf(each) ? (
          <span className="sm">shown below</span>
        ) : (
          <button
            type="button"
            className="why"
            aria-label={`why in ${each.group.name}?`}
            onClick={() => ask(each)}
          >
            why?
          </button>
        ),
    },
  ];
}
