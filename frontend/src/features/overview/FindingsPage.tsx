import { useQuery } from "@tanstack/react-query";
import { usePages } from "../../api/pages";
import { useAddress, useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { useKey } from "../../lib/keys";
import { plural, totalText } from "../../lib/number";
import { useOpenRow } from "../../lib/openRow";
import { DataTable } from "../../ui/DataTable";
import { FilterBar } from "../../ui/FilterBar";
import { PageLink } from "../../ui/Links";
import { PageHead, Split } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { FindingInspector, whyPath } from "./FindingInspector";
import { findingColumns, findingFilters } from "./findingColumns";
import { findingsAddress, findingsList, sourcesQuery } from "./queries";

/** Everything the checks noticed, riskiest first. */
export function FindingsPage() {
  const [address, setAddress] = useAddress(findingsAddress);
  const list = findingsList(address);
  const rows = usePages(list.key, list.fetch);
  const sources = useQuery(sourcesQuery);
  const go = useGo();
  const filters = findingFilters(sources.data ?? []);
  const narrowed = Boolean(address.q || address.kind || address.risk || address.source);
  const open = useOpenRow(rows, (finding) => finding.id, address.open);
  const close = () => setAddress({ open: undefined });
  const why = open && whyPath(open);
  useKey("w", "Why?", "Lists", () => why && go(why.to, why.search), Boolean(why));
  return (
    <>
      <PageHead title="Findings" crumb={<PageLink to="/">Overview</PageLink>} />
      <FilterBar
        filters={filters}
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
      <Split inspector={open && <FindingInspector key={open.id} finding={open} onClose={close} />}>
        <DataTable
          label="Findings"
          columns={findingColumns}
          rows={rows}
          rowKey={(finding) => finding.id}
          sort=""
          onSort={() => {}}
          selected={address.open}
          onSelect={(finding) => setAddress({ open: finding.id })}
          onOpen={(finding) => go(entityPath(finding.subject))}
          onClose={close}
          keys={[["w", "why"]]}
          empty={
            <EmptyState>
              {narrowed ? "No finding fits these filters." : "No check noticed anything in the last read."}
            </EmptyState>
          }
        />
      </Split>
    </>
  );
}
