import { useQuery } from "@tanstack/react-query";
import { usePages } from "../../api/pages";
import { useAddress, useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { listText } from "../../lib/number";
import { DataTable } from "../../ui/DataTable";
import { type Filter, FilterBar } from "../../ui/FilterBar";
import { PageHead, Split } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { groupColumns } from "./columns";
import { GroupInspector } from "./GroupInspector";
import { groupList, type ListAddress, listAddress, sourcesQuery, totalQuery } from "./queries";

const findings = [
  { value: "emptyGroup", label: "empty" },
  { value: "danglingMember", label: "dangling member" },
  { value: "cycle", label: "cycle" },
];

/** Every group of every source. */
export function GroupsPage() {
  const [address, setAddress] = useAddress(listAddress);
  const { key, fetch } = groupList(address);
  const rows = usePages(key, fetch);
  const all = useQuery(totalQuery).data;
  const sources = useQuery(sourcesQuery).data;
  const go = useGo();
  const filters: Filter[] = [
    { id: "privileged", label: "Kind", choices: [{ value: "yes", label: "privileged" }] },
    { id: "finding", label: "Finding", choices: findings },
  ];
  if (sources && sources.length > 1)
    filters.push({
      id: "source",
      label: "Source",
      choices: sources.map((source) => ({ value: source.id, label: source.name })),
    });
  const narrowed = Boolean(address.q) || filters.some((filter) => address[filter.id as keyof ListAddress]);
  const close = () => setAddress({ open: undefined });
  return (
    <>
      <PageHead title="Groups" />
      <FilterBar
        filters={filters}
        values={address}
        onChange={(id, value) => setAddress({ [id]: value })}
        search={address.q ?? ""}
        onSearch={(q) => setAddress({ q: q || undefined })}
        total={rows.loading ? "" : listText("groups", rows, narrowed, all)}
      />
      <Split
        inspector={address.open && <GroupInspector key={address.open} id={address.open} onClose={close} />}
      >
        <DataTable
          label="Groups"
          columns={groupColumns(sources)}
          rows={rows}
          rowKey={(row) => row.id}
          sort={address.sort}
          onSort={(sort) => setAddress({ sort })}
          selected={address.open}
          onSelect={(row) => setAddress({ open: row.id })}
          onOpen={(row) => go(entityPath({ kind: "group", id: row.id }))}
          onClose={close}
          empty={<EmptyState>{emptyWords(address, narrowed)}</EmptyState>}
        />
      </Split>
    </>
  );
}

function emptyWords({ finding, q }: ListAddress, narrowed: boolean): string {
  if (!q && finding === "emptyGroup") return "No group is empty.";
  if (!q && finding === "danglingMember") return "No group has a dangling member.";
  if (!q && finding === "cycle") return "No group is a member of itself by nesting.";
  return narrowed
    ? "No group fits these filters."
    : "No group has been read yet. They come with the first read of a directory.";
}
