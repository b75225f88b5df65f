import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { useMay } from "../../api/session";
import { useAddress } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { FilterBar } from "../../ui/FilterBar";
import { EntityLink, PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { sourceColumn } from "../../ui/sourceColumn";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { type Missing, type Ownership, ownershipQuery } from "./links";
import { OwnerDialog } from "./OwnerDialog";
import { OwnershipWorkbook } from "./OwnershipWorkbook";
import { sourcesQuery } from "./queries";

const address = z.object({
  missing: z.enum(["owner", "purpose", "any", "overdue"]).optional().catch(undefined),
  q: z.string().optional().catch(undefined),
});

/** Service and shared accounts, with who answers for each and what it is for. */
export function OwnershipPage() {
  const [{ missing, q }, setAddress] = useAddress(address);
  const list = useQuery(ownershipQuery(missing, q));
  const sources = useQuery(sourcesQuery).data;
  const mayManage = useMay("source.manage");
  const [open, setOpen] = useState<Ownership | null>(null);
  const act: Column<Ownership> = {
    id: "act",
    header: "",
    width: 116,
    cell: (row) =>
      mayManage && (
        <Button
          size="sm"
          onClick={() => setOpen(row)}
          aria-label={`Change… the owner of ${row.account.detail}`}
        >
          Change…
        </Button>
      ),
  };
  return (
    <>
      <PageHead
        title="Owners of service accounts"
        crumb={<PageLink to="/identities">Identities</PageLink>}
        beside={list.data && <span className="t2">{plural(list.data.total, "account")}</span>}
        acts={mayManage && <OwnershipWorkbook {...(missing && { missing })} />}
      />
      <FilterBar
        filters={[
          {
            id: "missing",
            label: "Missing",
            choices: [
              { value: "any", label: "Owner or purpose" },
              { value: "owner", label: "Owner" },
              { value: "purpose", label: "Purpose" },
              { value: "overdue", label: "Review date passed" },
            ],
          },
        ]}
        values={{ ...(missing && { missing }) }}
        onChange={(_, value) => setAddress({ missing: value as Missing | undefined })}
        search={q ?? ""}
        onSearch={(next) => setAddress({ q: next || undefined })}
      />
      {list.error ? (
        <ErrorState
          error={list.error}
          what="The accounts could not be read."
          onRetry={() => void list.refetch()}
        />
      ) : !list.data ? (
        <LoadingRows />
      ) : list.data.items.length === 0 ? (
        <EmptyState>No service or shared account fits.</EmptyState>
      ) : (
        <Scroll label="Accounts">
          <Table
            label="Service and shared accounts"
            columns={[...columns(sources), act]}
            rows={list.data.items}
            rowKey={(row) => row.account.id}
          />
        </Scroll>
      )}
      {open && <OwnerDialog row={open} onClose={() => setOpen(null)} />}
    </>
  );
}

const columns = (sources: readonly unknown[] | undefined): Column<Ownership>[] => [
  {
    id: "account",
    header: "Account",
    width: 176,
    cell: (row) => (
      <EntityLink entity={{ ...row.account, name: row.account.detail || row.account.name }} mono strong />
    ),
  },
  ...sourceColumn<Ownership>(sources, (row) => row.source),
  {
    id: "owner",
    header: "Owner",
    width: 188,
    cell: (row) =>
      row.owner ? <EntityLink entity={row.owner} /> : <Status tone="warn">no owner recorded</Status>,
  },
  {
    id: "purpose",
    header: "Purpose",
    cell: (row) => (row.purpose ? <bdi>{row.purpose}</bdi> : <span className="t3">none recorded</span>),
  },
  {
    id: "reviewBy",
    header: "Review by",
    width: 132,
    cell: (row) =>
      row.reviewBy ? (
        <Status tone={row.overdue ? "danger" : "neutral"}>{row.reviewBy}</Status>
      ) : (
        <span className="t3">no date</span>
      ),
  },
  {
    id: "directory",
    header: "Named in the directory",
    width: 172,
    cell: (row) =>
      row.directoryOwner ? (
        <bdi className="t2">{row.directoryOwner}</bdi>
      ) : (
        <span className="t3">nobody</span>
      ),
  },
  {
    id: "lastSignIn",
    header: "Last sign-in",
    width: 132,
    cell: (row) => <When at={row.lastSignIn} form="day" />,
  },
];
