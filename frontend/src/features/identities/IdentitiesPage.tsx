import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Schema } from "../../api/client";
import type { Page, Stretch } from "../../api/pages";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { useAddress, useGo } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { entityPath } from "../../lib/entity";
import { useKey } from "../../lib/keys";
import { countText, listText, type Total, totalText } from "../../lib/number";
import { useOpenRow } from "../../lib/openRow";
import { usePast } from "../../lib/past";
import { DataTable } from "../../ui/DataTable";
import { FilterBar } from "../../ui/FilterBar";
import { PageLink } from "../../ui/Links";
import { PageHead, Split } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";
import { EmptyState } from "../../ui/States";
import { accountColumns, personColumns } from "./columns";
import { listFilters } from "./filters";
import { AccountInspector, IdentityInspector } from "./inspectors";
import { caseCountQuery } from "./links";
import { MergePicked, pickColumn } from "./MergePicked";
import { accountList, type ListAddress, listAddress, peopleList, sourcesQuery, totalsQuery } from "./queries";
import { usePicked } from "./usePicked";

const nouns = {
  person: "people",
  service: "service accounts",
  shared: "shared accounts",
  computer: "computers",
  account: "accounts",
} as const;
const labels = {
  person: "People",
  service: "Service accounts",
  shared: "Shared accounts",
  computer: "Computers",
  account: "All accounts",
} as const;

/** Everybody and everything that can sign in: people, service accounts, shared accounts. */
export function IdentitiesPage() {
  const [address, setAddress] = useAddress(listAddress);
  const totals = useQuery(totalsQuery);
  const cases = useQuery(caseCountQuery);
  const sources = useQuery(sourcesQuery);
  const picked = usePicked<Schema<"IdentityRow">>();
  const past = usePast();
  const mayMerge = useMay("source.manage") && !past;
  const of = (type: ListAddress["type"]) => {
    const total = totals.data?.[type];
    return total && totalText(total.total, total.totalIsExact);
  };
  return (
    <>
      <PageHead
        title="Identities"
        beside={
          <Segmented
            label="Sort of identity"
            value={address.type}
            onChange={(type) =>
              setAddress(
                {
                  type,
                  sort: type === "person" ? "name" : "login",
                  finding: undefined,
                  locked: undefined,
                  department: undefined,
                  open: undefined,
                },
                { push: true },
              )
            }
            choices={[
              { value: "person", label: "People", count: of("person") },
              { value: "service", label: "Service", count: of("service") },
              { value: "shared", label: "Shared", count: of("shared") },
              // Only directories of one kind have computers.
              ...(address.type === "computer" || totals.data?.computer.total
                ? [{ value: "computer" as const, label: "Computers", count: of("computer") }]
                : []),
              { value: "account", label: "All accounts", count: of("account") },
            ]}
          />
        }
        acts={
          <>
            <PageLink to="/identities/cases" className="btn">
              Cases {cases.data !== undefined && <span className="t3">{countText(cases.data)}</span>}
            </PageLink>
            <PageLink to="/identities/owners" className="btn">
              Owners of service accounts
            </PageLink>
          </>
        }
      />
      {address.type === "person" ? (
        <List
          key="people"
          address={address}
          setAddress={setAddress}
          kind="identity"
          all={totals.data?.person}
          columns={mayMerge ? [pickColumn(picked), ...personColumns] : personColumns}
          list={peopleList(address)}
          {...(mayMerge && { onPick: picked.toggle, bulk: <MergePicked picked={picked} /> })}
        />
      ) : (
        <List
          key={address.type}
          address={address}
          setAddress={setAddress}
          kind="account"
          all={totals.data?.[address.type]}
          columns={accountColumns(address.type, sources.data)}
          list={accountList(address)}
        />
      )}
    </>
  );
}

function List<T extends { id: string }>({
  address,
  setAddress,
  kind,
  all,
  columns,
  list,
  onPick,
  bulk,
}: {
  address: ListAddress;
  setAddress(patch: Partial<ListAddress>): void;
  kind: "identity" | "account";
  /** How many there are without filters. */
  all: Total | undefined;
  columns: Column<T>[];
  list: { key: unknown[]; fetch(stretch: Stretch): Promise<Page<T>> };
  /** Rows can be picked for an act on several, which stands below them. */
  onPick?(row: T): void;
  bulk?: ReactNode;
}) {
  const rows = usePages(list.key, list.fetch);
  const open = useOpenRow(rows, (row) => row.id, onPick && address.open);
  useKey("x", "Select", "Lists", () => open && onPick?.(open), Boolean(open));
  const sources = useQuery(sourcesQuery);
  const go = useGo();
  const filters = listFilters(address.type, sources.data ?? []);
  if (address.department)
    filters.push({
      id: "department",
      label: "Department",
      choices: [{ value: address.department, label: address.department }],
    });
  const noun = nouns[address.type];
  const narrowed = Boolean(address.q) || filters.some((filter) => address[filter.id as keyof ListAddress]);
  const close = () => setAddress({ open: undefined });
  const Inspect = kind === "identity" ? IdentityInspector : AccountInspector;
  return (
    <>
      <FilterBar
        filters={filters}
        values={address}
        onChange={(id, value) => setAddress({ [id]: value })}
        search={address.q ?? ""}
        onSearch={(q) => setAddress({ q: q || undefined })}
        total={rows.loading ? "" : listText(noun, rows, narrowed, all)}
      />
      <Split inspector={address.open && <Inspect key={address.open} id={address.open} onClose={close} />}>
        <DataTable
          label={labels[address.type]}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          sort={address.sort}
          onSort={(sort) => setAddress({ sort })}
          selected={address.open}
          onSelect={(row) => setAddress({ open: row.id })}
          onOpen={(row) => go(entityPath({ kind, id: row.id }))}
          onClose={close}
          bulk={bulk}
          keys={address.open ? [["w", "why"], ...(onPick ? [["x", "select"] as [string, string]] : [])] : []}
          empty={
            <EmptyState>
              {narrowed
                ? `Nobody fits these filters.`
                : kind === "identity"
                  ? "No person has been read yet. They come with the first read of a directory."
                  : address.type === "account"
                    ? "No account has been read yet. They come with the first read of a directory."
                    : `No entry is mapped as a ${address.type} account.`}
            </EmptyState>
          }
        />
      </Split>
    </>
  );
}
