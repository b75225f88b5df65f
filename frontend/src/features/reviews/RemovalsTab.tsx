import { usePages } from "../../api/pages";
import { useGo } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { CopyLink } from "../../ui/CopyLink";
import { EntityLink, PageLink } from "../../ui/Links";
import { Note } from "../../ui/Page";
import { PagedTable } from "../../ui/PagedTable";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { ChipMenu } from "./ChipMenu";
import { Who } from "./ItemWords";
import { type CampaignAddress, type Detail, type Removal, removalList, removalStates } from "./queries";
import { RemovalState, removalWords } from "./RemovalState";

/** What became of each revoke, as later reads of the directory say. */
export function RemovalsTab({
  campaign,
  state,
  set,
}: {
  campaign: Detail;
  state: Removal["state"] | undefined;
  set(patch: Partial<CampaignAddress>): void;
}) {
  const list = removalList(campaign.id, state);
  const rows = usePages(list.key, list.fetch);
  const go = useGo();
  const a = campaign.arithmetic;
  return (
    <>
      <div className="chips">
        <ChipMenu
          label="State"
          value={state ?? ""}
          neutral=""
          keys="f"
          choices={[
            { value: "", label: "any" },
            ...removalStates.map((each) => ({ value: each, label: removalWords[each].word })),
          ]}
          onChange={(value) => set({ state: (value || undefined) as Removal["state"] | undefined })}
        />
        <span className="t2">
          {countText(a.removed)} removed and proven, {countText(a.alreadyGone)} already gone,{" "}
          {countText(a.open)} open
        </span>
        <span className="grow" />
        <span className="sm t3">{rows.loading ? "" : plural(rows.total, "removal")}</span>
      </div>
      <div className="pad lean">
        <Note>
          Gatehouse removes nothing. Somebody removes the membership in the directory; the next complete read
          proves it. Open sessions and tickets may last longer.
        </Note>
      </div>
      <PagedTable
        label="Removals"
        columns={columns}
        rows={rows}
        rowKey={(row) => String(row.item.item)}
        onOpen={(row) => go(`/reviews/${campaign.id}`, { item: String(row.item.item), reviewer: "all" })}
        empty={state ? `No removal is in this state.` : "No item is decided as revoke."}
      />
    </>
  );
}

/** The membership to remove, as text for a ticket. */
function edgeText({ edge, item }: Pick<Removal, "edge" | "item">): string {
  if (!edge) return "";
  const named = (ref: { name: string; detail?: string }) =>
    ref.detail ? `${ref.name} (${ref.detail})` : ref.name;
  return `Remove ${named(edge.member)} from ${named(edge.group)} in ${item.source.name}.`;
}

const columns: Column<Removal>[] = [
  {
    id: "who",
    header: "Who",
    width: 200,
    grow: 1,
    cell: ({ item }) => <Who item={item} login={false} />,
  },
  { id: "group", header: "Loses", width: 152, cell: ({ item }) => <EntityLink entity={item.group} /> },
  {
    id: "state",
    header: "State",
    width: 160,
    cell: (row) => <RemovalState removal={row} />,
  },
  {
    id: "text",
    header: "Why",
    grow: 2,
    width: 160,
    cell: (row) => (
      <span className="t2" title={row.text}>
        {row.text}
      </span>
    ),
  },
  {
    id: "run",
    header: "Run",
    width: 112,
    cell: (row) =>
      row.run ? (
        <PageLink to={`/directories/runs/${row.run}`} className="n">
          {row.at ? <When at={row.at} form="near" /> : `run ${row.run}`}
        </PageLink>
      ) : (
        <Word>none</Word>
      ),
  },
  {
    id: "edge",
    header: "To remove",
    width: 312,
    wideOnly: true,
    cell: (row) =>
      row.edge ? (
        <span className="row">
          <span className="mono ell" title={edgeText(row)}>
            {row.edge.member.name} <span className="t3">from</span> {row.edge.group.name}
          </span>
          <CopyLink text={edgeText(row)} label="Copy" />
        </span>
      ) : (
        <Word>no single membership</Word>
      ),
  },
  {
    id: "decided",
    header: "Decided",
    width: 112,
    wideOnly: true,
    cell: (row) => (
      <span title={row.reason}>
        <When at={row.decidedAt} form="near" />
      </span>
    ),
  },
];
