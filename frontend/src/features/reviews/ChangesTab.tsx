import { usePages } from "../../api/pages";
import { useGo } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { EntityLink, PageLink } from "../../ui/Links";
import { Note } from "../../ui/Page";
import { PagedTable } from "../../ui/PagedTable";
import { PathText } from "../../ui/PathText";
import { When } from "../../ui/When";
import { ChipMenu } from "./ChipMenu";
import { type CampaignAddress, changeList, type Detail, type LaterChange } from "./queries";

/** What came into and left the reviewed groups after the freeze: listed, never mixed into the items. */
export function ChangesTab({
  campaign,
  op,
  set,
}: {
  campaign: Detail;
  op: LaterChange["op"] | undefined;
  set(patch: Partial<CampaignAddress>): void;
}) {
  const list = changeList(campaign.id, op);
  const rows = usePages(list.key, list.fetch);
  const go = useGo();
  return (
    <>
      <div className="chips">
        <ChipMenu
          label="Change"
          value={op ?? ""}
          neutral=""
          keys="f"
          choices={[
            { value: "", label: "any" },
            { value: "joined", label: "joined", aside: countText(campaign.joined) },
            { value: "departed", label: "departed", aside: countText(campaign.departed) },
          ]}
          onChange={(value) => set({ op: (value || undefined) as LaterChange["op"] | undefined })}
        />
        <span className="grow" />
        <span className="sm t3">{rows.loading ? "" : plural(rows.total, "change")}</span>
      </div>
      <div className="pad lean">
        <Note>
          These came or went after the freeze. Who joined is reviewed by no item of this campaign; who
          departed still has the item that was frozen.
        </Note>
      </div>
      <PagedTable
        label="After the freeze"
        columns={columns(campaign.id)}
        rows={rows}
        rowKey={(row) => `${row.op}-${row.at}-${row.subject.id}-${row.subject.name}-${row.group.id}`}
        onOpen={(row) =>
          row.item && go(`/reviews/${campaign.id}`, { item: String(row.item), reviewer: "all" })
        }
        empty="Nothing came or went since the freeze, as far as the reads since then say."
      />
    </>
  );
}

function columns(id: string): Column<LaterChange>[] {
  return [
    {
      id: "op",
      header: "Change",
      width: 100,
      cell: (row) => <span className="b">{row.op}</span>,
    },
    {
      id: "who",
      header: "Who",
      width: 224,
      cell: (row) => (
        <>
          {row.subject.id ? <EntityLink entity={row.subject} strong /> : row.subject.name}{" "}
          <span className="mono t3">{row.login}</span>
        </>
      ),
    },
    { id: "group", header: "Group", width: 176, cell: (row) => <EntityLink entity={row.group} /> },
    {
      id: "path",
      header: "Path",
      cell: (row) =>
        row.basis === "effective" ? (
          <PathText path={row.path.slice(0, -1)} />
        ) : (
          <span className="t2">direct</span>
        ),
    },
    { id: "at", header: "Observed", width: 172, cell: (row) => <When at={row.at} age="ago" /> },
    {
      id: "run",
      header: "Run",
      width: 72,
      cell: (row) =>
        row.run && (
          <PageLink to={`/directories/runs/${row.run}`} className="n">
            {row.run}
          </PageLink>
        ),
    },
    {
      id: "item",
      header: "Item",
      width: 72,
      align: "right",
      cell: (row) =>
        row.item ? (
          <PageLink to={`/reviews/${id}`} search={{ item: String(row.item), reviewer: "all" }} className="n">
            {countText(row.item)}
          </PageLink>
        ) : (
          <span className="unk">none</span>
        ),
    },
  ];
}
