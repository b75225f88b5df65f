import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { riskTone } from "../../lib/risk";
import type { Filter } from "../../ui/FilterBar";
import { EntityLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { sourceColumn } from "../../ui/sourceColumn";
import { When } from "../../ui/When";

export type Finding = Schema<"FindingRow">;

/** Each kind of finding as the filter names it. */
export const kindWords: Record<Finding["kind"], string> = {
  nestedPrivileged: "reaches a privileged group by nesting",
  leaverActive: "leaver, account enabled",
  expiredEnabled: "expired, account enabled",
  dormant: "dormant",
  neverUsed: "never used",
  passwordNeverExpires: "password never expires",
  privilegedNoReason: "privileged, no reason recorded",
  staleAdminCount: "stale adminCount",
  orphan: "orphan",
  noOwner: "without owner",
  duplicateIdentity: "likely the same person",
  heldRun: "reading held",
  drift: "drift",
  cycle: "membership cycle",
  danglingMember: "dangling member",
  ownerlessGroup: "group without owner",
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

const findingColumns: Column<Finding>[] = [
  {
    id: "risk",
    header: "Risk",
    width: 104,
    cell: (finding) => (
      <Status tone={riskTone(finding.risk)} word>
        {finding.risk}
      </Status>
    ),
  },
  {
    id: "subject",
    header: "About",
    width: 168,
    cell: (finding) => <EntityLink entity={finding.subject} strong mono={finding.subject.kind === "group"} />,
  },
  {
    id: "title",
    header: "Finding",
    width: 248,
    grow: 1,
    cell: (finding) => (
      <span title={[finding.title, finding.group?.name].filter(Boolean).join(": ")}>{finding.title}</span>
    ),
  },
  {
    // The group tells two findings of one kind about one account apart.
    id: "group",
    header: "Group",
    width: 128,
    wideOnly: true,
    cell: (finding) =>
      finding.group &&
      finding.group.id !== finding.subject.id && (
        <EntityLink entity={{ ...finding.group, detail: finding.group.name }} mono />
      ),
  },
  {
    id: "detail",
    header: "Detail",
    width: 200,
    grow: 1,
    wideOnly: true,
    cell: (finding) => (
      <span className="t2" title={finding.detail}>
        {finding.detail}
      </span>
    ),
  },
];

const sourceOf = (finding: Finding) => finding.source;

/** The columns of what is open. */
export const openColumns = (sources: readonly unknown[] | undefined): Column<Finding>[] => [
  ...findingColumns,
  ...sourceColumn(sources, sourceOf, { wideOnly: true }),
  {
    id: "firstSeen",
    header: "First seen",
    width: 152,
    wideOnly: true,
    cell: (finding) => <When at={finding.firstSeen} age="short" />,
  },
];

/** The columns of what is accepted: who let it be, why and until when. */
export const acceptedColumns = (sources: readonly unknown[] | undefined): Column<Finding>[] => [
  ...findingColumns
    .filter((column) => column.id !== "detail")
    .map((column) => (column.id === "title" ? { ...column, width: 132 } : column)),
  ...sourceColumn(sources, sourceOf, { wideOnly: true }),
  {
    id: "reason",
    header: "Accepted because",
    cell: (finding) => <span title={finding.accepted?.reason}>{finding.accepted?.reason}</span>,
  },
  {
    id: "by",
    header: "By",
    width: 152,
    wideOnly: true,
    cell: (finding) => <bdi>{finding.accepted?.by}</bdi>,
  },
  {
    id: "until",
    header: "Until",
    width: 120,
    cell: (finding) => finding.accepted && <When at={finding.accepted.until} form="day" />,
  },
];
