import { z } from "zod";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { useAddress, useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { plural, totalText } from "../../lib/number";
import { DataTable } from "../../ui/DataTable";
import { FilterBar } from "../../ui/FilterBar";
import { PageLink } from "../../ui/Links";
import { PageHead } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { campaignColumns } from "./campaignColumns";
import { campaignList } from "./queries";

const address = z.object({ state: z.enum(["open", "closed"]).optional().catch(undefined) });
const states = [
  { value: "open", label: "open" },
  { value: "closed", label: "closed" },
];

/** Every campaign, newest first. */
export function ReviewsPage() {
  const [{ state }, setAddress] = useAddress(address);
  const { key, fetch } = campaignList(state);
  const rows = usePages(key, fetch);
  const go = useGo();
  const may = useMay("review.manage");
  const none = !rows.loading && rows.total === 0;
  const begin = (
    <PageLink to="/reviews/new" className="btn primary">
      New campaign…
    </PageLink>
  );
  return (
    <>
      <PageHead title="Reviews" acts={may && !(none && !state) && begin} />
      <FilterBar
        filters={[{ id: "state", label: "State", choices: states }]}
        values={{ state }}
        onChange={(_, value) => setAddress({ state: value as typeof state })}
        total={
          rows.loading
            ? ""
            : rows.totalIsExact
              ? plural(rows.total, "campaign")
              : `${totalText(rows.total, false)} campaigns`
        }
      />
      <div className="list grow lift">
        <DataTable
          label="Reviews"
          columns={campaignColumns}
          rows={rows}
          rowKey={(row) => row.id}
          sort=""
          onOpen={(row) => go(entityPath({ kind: "review", id: row.id }))}
          onSelect={(row) => go(entityPath({ kind: "review", id: row.id }))}
          empty={
            state ? (
              <EmptyState>No campaign is {state}.</EmptyState>
            ) : (
              <EmptyState act={may && begin}>
                No access has been reviewed yet. A campaign freezes who is in which group, and asks for each
                whether they still should be.
              </EmptyState>
            )
          }
        />
      </div>
    </>
  );
}
