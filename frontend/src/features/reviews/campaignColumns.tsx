import type { Column } from "../../lib/columns";
import { EntityLink, NumberLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { Due } from "./Due";
import { ProgressCell } from "./Progress";
import type { Campaign } from "./queries";

export const campaignColumns: Column<Campaign>[] = [
  {
    id: "name",
    header: "Name",
    width: 280,
    grow: 1,
    cell: (row) => <EntityLink entity={{ kind: "review", id: row.id, name: row.name }} strong />,
  },
  {
    id: "state",
    header: "State",
    width: 92,
    cell: (row) => <Status tone={row.state === "open" ? "accent" : "neutral"}>{row.state}</Status>,
  },
  { id: "due", header: "Due", width: 196, cell: (row) => <Due campaign={row} /> },
  {
    id: "progress",
    header: "Progress",
    width: 296,
    cell: (row) => <ProgressCell sums={row.arithmetic} />,
  },
  {
    id: "open",
    header: "Revoked, still open",
    width: 140,
    align: "right",
    title: "Revoked memberships that no later read has shown to be gone",
    cell: (row) => (
      <NumberLink
        value={row.arithmetic.open}
        to={`/reviews/${row.id}`}
        search={{ tab: "removals" }}
        label={`open removals of ${row.name}`}
      />
    ),
  },
  {
    id: "frozen",
    header: "Frozen",
    width: 160,
    wideOnly: true,
    cell: (row) => <When at={row.frozenAt} form="near" age="ago" />,
  },
];
