import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { riskTone } from "../../lib/risk";
import { EntityLink, NumberLink, PageLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import type { Overview } from "./queries";

type Group = Schema<"FindingGroup">;

const rowsOf = (group: Group) => ({ kind: group.kind, risk: group.risk });

const columns: Column<Group>[] = [
  {
    id: "risk",
    header: "Risk",
    width: 104,
    cell: (group) => (
      <Status tone={riskTone(group.risk)} word>
        {group.risk}
      </Status>
    ),
  },
  {
    id: "count",
    header: "Count",
    width: 56,
    align: "right",
    cell: (group) => (
      <NumberLink
        value={group.count}
        to="/findings"
        search={rowsOf(group)}
        label={`findings: ${group.title}`}
      />
    ),
  },
  {
    id: "title",
    header: "Finding",
    cell: (group) => (
      <PageLink to="/findings" search={rowsOf(group)} title={group.title}>
        {group.title} {group.note && <span className="t3">{group.note}</span>}
      </PageLink>
    ),
  },
  {
    id: "suchAs",
    header: "Such as",
    width: 224,
    cell: (group) => (
      <span title={`${group.suchAs.name} ${group.detail}`}>
        <EntityLink entity={group.suchAs} mono={group.suchAs.kind === "group"} />{" "}
        <span className="t3">{group.detail}</span>
      </span>
    ),
  },
  {
    id: "firstSeen",
    header: "First seen",
    width: 104,
    wideOnly: true,
    cell: (group) => (
      <span className="age">
        <When at={group.firstSeen} form="day" />
      </span>
    ),
  },
];

/** What the checks noticed, grouped, riskiest first. */
export function FindingGroups({ overview }: { overview: Overview }) {
  const { findings, findingTotal } = overview;
  return (
    <Section
      title="Riskiest findings"
      beside={findings.length > 0 && `${countText(findingTotal)} in ${plural(findings.length, "group")}`}
      aside={
        findings.length > 0 && (
          <PageLink to="/findings" className="why">
            All findings
          </PageLink>
        )
      }
      top={false}
    >
      {findings.length === 0 ? (
        <EmptyState>
          {overview.sources.some((source) => source.lastComplete)
            ? "No check noticed anything in the last read."
            : "The checks run after the first read that is applied."}
        </EmptyState>
      ) : (
        <Table
          label="Findings by kind"
          columns={columns}
          rows={findings}
          rowKey={(group) => `${group.kind}-${group.risk}`}
        />
      )}
    </Section>
  );
}
