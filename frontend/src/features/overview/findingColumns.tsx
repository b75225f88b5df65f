import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { riskTone } from "../../lib/risk";
import type { Filter } from "../../ui/FilterBar";
import { EntityLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";

export type Finding = Schema<"FindingRow">;

/** Each kind of finding as the filter names it. */
export const kindWords: Record<Finding["kind"], string> = {
  nestedPrivileged: "reaches a privileged group by nesting",
  leaverActive: "leaver, account enabled",
  dormant: "dormant",
  noOwner: "without owner",
  orphan: "orphan",
  cycle: "membership cycle",
  danglingMember: "dangling member",
  emptyGroup: "empty group",
};

/** What the list can be narrowed by. */
export function findingFilters(sources: Pick<Schema<"Source">, "id" | "name">[]): Filter[] {
  const filters: Filter[] = [
    {
      id: "kind",
      label: "Kind",
      choices: Object.entries(kindWords).map(([value, label]) => ({ value, label })),
    },
    {
      id: "risk",
      label: "Risk",
      choices: ["critical", "high", "medium", "low"].map((risk) => ({ value: risk, label: risk })),
    },
  ];
  if (sources.length > 1)
    filters.push({
      id: "source",
      label: "Source",
      choices: sources.map(({ id, name }) => ({ value: id, label: name })),
    });
  return filters;
}

export const findingColumns: Column<Finding>[] = [
  {
    id: "risk",
    header: "Risk",
    width: 120,
    cell: (finding) => (
      <Status tone={riskTone(finding.risk)} word>
        {finding.risk}
      </Status>
    ),
  },
  {
    id: "subject",
    header: "About",
    width: 216,
    cell: (finding) => <EntityLink entity={finding.subject} strong mono={finding.subject.kind === "group"} />,
  },
  { id: "title", header: "Finding", cell: (finding) => <span title={finding.title}>{finding.title}</span> },
  {
    id: "detail",
    header: "Detail",
    wideOnly: true,
    cell: (finding) => (
      <span className="t2" title={finding.detail}>
        {finding.detail}
      </span>
    ),
  },
  {
    id: "source",
    header: "Source",
    width: 160,
    wideOnly: true,
    cell: (finding) => <EntityLink entity={finding.source} />,
  },
  {
    id: "firstSeen",
    header: "First seen",
    width: 152,
    cell: (finding) => <When at={finding.firstSeen} age="short" />,
  },
];
