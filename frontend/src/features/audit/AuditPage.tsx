import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { useAddress } from "../../lib/address";
import { plural, totalText } from "../../lib/number";
import { useOpenRow } from "../../lib/openRow";
import { Button } from "../../ui/Button";
import { DataTable } from "../../ui/DataTable";
import { type Filter, FilterBar } from "../../ui/FilterBar";
import { PageHead, Split } from "../../ui/Page";
import { EmptyState, LoadingRows } from "../../ui/States";
import { EventInspector } from "./EventInspector";
import { type Export, ExportButton, Exported } from "./Export";
import { eventColumns } from "./eventColumns";
import { type AuditAddress, auditAddress, type Event, eventList, eventQuery } from "./queries";
import { VerifyPanel } from "./VerifyPanel";

/** What was done here, newest first, and whether the record is whole. */
export function AuditPage() {
  const may = useMay("audit.read");
  if (may) return <AuditLog />;
  return (
    <>
      <PageHead title="Audit" />
      {may === false ? (
        <EmptyState>
          The audit log needs the permission audit.read, which a local administrator of this computer has.
        </EmptyState>
      ) : (
        <LoadingRows />
      )}
    </>
  );
}

const keyOf = (event: Event) => String(event.seq);

function AuditLog() {
  const [address, setAddress] = useAddress(auditAddress);
  const [exported, setExported] = useState<Export>();
  const list = eventList(address);
  const rows = usePages(list.key, list.fetch);
  const listed = useOpenRow(rows, keyOf, address.open);
  const seq = Number(address.open);
  // An event that a link names may lie anywhere in the log.
  const linked = useQuery({
    ...eventQuery(seq),
    enabled: Boolean(address.open) && !listed && Number.isInteger(seq),
  });
  const open = address.open ? (listed ?? linked.data ?? undefined) : undefined;
  const close = () => setAddress({ open: undefined, panel: undefined });
  const narrowed = Boolean(address.action || address.outcome || address.actor || address.q);
  return (
    <>
      <PageHead
        title="Audit"
        acts={
          <>
            <ExportButton onExported={setExported} />
            <Button
              look="primary"
              icon="check"
              onClick={() => setAddress({ panel: "verify", open: undefined })}
            >
              Verify now…
            </Button>
          </>
        }
      />
      {exported && <Exported file={exported} onClose={() => setExported(undefined)} />}
      <FilterBar
        filters={filters(address, open)}
        values={address}
        onChange={(id, value) => setAddress({ [id]: value })}
        search={address.q ?? ""}
        onSearch={(q) => setAddress({ q: q || undefined })}
        total={
          rows.loading
            ? ""
            : rows.totalIsExact
              ? plural(rows.total, "event")
              : `${totalText(rows.total, false)} events`
        }
      />
      <Split
        inspector={
          address.panel === "verify" ? (
            <VerifyPanel
              onClose={close}
              onOpen={(event) => setAddress({ open: String(event), panel: undefined })}
            />
          ) : (
            open && (
              <EventInspector
                key={open.seq}
                event={open}
                onClose={close}
                onFilter={(patch) => setAddress(patch)}
              />
            )
          )
        }
      >
        <DataTable
          label="Events"
          columns={eventColumns}
          rows={rows}
          rowKey={keyOf}
          sort=""
          onSort={() => {}}
          selected={address.open}
          onSelect={(event) => setAddress({ open: keyOf(event), panel: undefined })}
          onOpen={(event) => setAddress({ open: keyOf(event), panel: undefined })}
          onClose={close}
          empty={
            <EmptyState>
              {narrowed ? "No event fits these filters." : "Nothing was done here yet."}
            </EmptyState>
          }
        />
      </Split>
    </>
  );
}

// Actors and actions are offered as they are met: those of the address, and those of the event that is open.
function filters(address: AuditAddress, open: Event | undefined): Filter[] {
  const met = (...values: (string | undefined)[]) =>
    [...new Set(values.filter((value) => value))].map((value) => ({
      value: String(value),
      label: String(value),
    }));
  const all: Filter[] = [
    {
      id: "outcome",
      label: "Outcome",
      choices: ["done", "refused", "failed"].map((outcome) => ({ value: outcome, label: outcome })),
    },
    { id: "action", label: "Action", choices: met(address.action, open?.action) },
    { id: "actor", label: "Actor", choices: met(address.actor, open?.actor) },
  ];
  return all.filter((filter) => filter.choices.length > 0);
}
