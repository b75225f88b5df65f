import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { useKey } from "../../lib/keys";
import { plural, totalText } from "../../lib/number";
import { useOpenRow } from "../../lib/openRow";
import { Button } from "../../ui/Button";
import { DataTable } from "../../ui/DataTable";
import { FilterBar } from "../../ui/FilterBar";
import { Split } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { AcceptDialog } from "./AcceptDialog";
import { FindingInspector, whyPath } from "./FindingInspector";
import { acceptedColumns, findingFilters, openColumns } from "./findingColumns";
import { type FindingsAddress, findingsList, sourcesQuery } from "./queries";

/** Findings one by one, open or accepted, riskiest first. */
export function FindingList({
  accepted,
  address,
  setAddress,
}: {
  accepted: boolean;
  address: FindingsAddress;
  setAddress(change: Partial<FindingsAddress>): void;
}) {
  const list = findingsList(address, accepted ? "accepted" : "open");
  const rows = usePages(list.key, list.fetch);
  const sources = useQuery(sourcesQuery);
  const go = useGo();
  const mayAccept = useMay("finding.manage") === true;
  const [accepting, setAccepting] = useState<"one" | "all">();
  const narrowed = Boolean(address.q || address.kind || address.risk || address.source || address.group);
  const open = useOpenRow(rows, (finding) => finding.id, address.open);
  const close = () => setAddress({ open: undefined });
  const why = open && whyPath(open);
  useKey("w", "Why?", "Lists", () => why && go(why.to, why.search), Boolean(why));
  useKey("a", "Accept…", "Lists", () => setAccepting("one"), Boolean(open && mayAccept && !accepted));
  const all = mayAccept && !accepted && narrowed && !address.q && rows.total > 1 && rows.totalIsExact;
  return (
    <>
      <div className="row">
        <div className="grow">
          <FilterBar
            filters={findingFilters(sources.data ?? [])}
            values={address}
            onChange={(id, value) => setAddress({ [id]: value, open: undefined })}
            search={address.q ?? ""}
            onSearch={(q) => setAddress({ q: q || undefined })}
            total={
              rows.loading
                ? ""
                : rows.totalIsExact
                  ? plural(rows.total, "finding")
                  : `${totalText(rows.total, false)} findings`
            }
          />
        </div>
        {all && (
          <span style={{ paddingRight: 24 }}>
            <Button onClick={() => setAccepting("all")}>Accept all {String(rows.total)}…</Button>
          </span>
        )}
      </div>
      <Split
        inspector={
          open && (
            <FindingInspector
              key={open.id}
              finding={open}
              onClose={close}
              {...(mayAccept && { onAccept: () => setAccepting("one") })}
            />
          )
        }
      >
        <DataTable
          label={accepted ? "Accepted findings" : "Findings"}
          columns={(accepted ? acceptedColumns : openColumns)(sources.data)}
          rows={rows}
          rowKey={(finding) => finding.id}
          sort=""
          onSort={() => {}}
          selected={address.open}
          onSelect={(finding) => setAddress({ open: finding.id })}
          onOpen={(finding) => go(entityPath(finding.subject))}
          onClose={close}
          keys={[["w", "why"], ...(mayAccept && !accepted ? [["a", "accept"] as [string, string]] : [])]}
          empty={
            <EmptyState>
              {narrowed
                ? "No finding fits these filters."
                : accepted
                  ? "No finding is accepted."
                  : "No check noticed anything in the last read."}
            </EmptyState>
          }
        />
      </Split>
      {accepting === "one" && open && (
        <AcceptDialog
          id={open.id}
          count={1}
          about={`${open.title}: ${open.subject.name}, ${open.detail}`}
          onClose={() => setAccepting(undefined)}
        />
      )}
      {accepting === "all" && (
        <AcceptDialog
          filter={address}
          count={rows.total}
          about={`${plural(rows.total, "finding")} that fit the filters now`}
          onClose={() => setAccepting(undefined)}
        />
      )}
    </>
  );
}
