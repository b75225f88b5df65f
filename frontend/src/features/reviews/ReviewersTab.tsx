import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { EntityLink, NumberLink } from "../../ui/Links";
import { Scroll } from "../../ui/Page";
import { Table } from "../../ui/Table";
import type { Detail } from "./queries";

type Share = Schema<"ReviewerProgress">;

const idOf = (share: Share) => share.reviewer?.id ?? "nobody";

/** How far each reviewer is, and what is assigned to nobody. */
export function ReviewersTab({ campaign, as }: { campaign: Detail; as: string | undefined }) {
  return (
    <Scroll label="By reviewer">
      <Table label="By reviewer" columns={columns(campaign.id, as)} rows={campaign.reviewers} rowKey={idOf} />
    </Scroll>
  );
}

function columns(id: string, as: string | undefined): Column<Share>[] {
  const page = `/reviews/${id}`;
  const number = (key: "items" | "decided" | "undecided", header: string): Column<Share> => ({
    id: key,
    header,
    width: 104,
    align: "right",
    cell: (share) => (
      <NumberLink
        value={share[key]}
        to={page}
        search={{ reviewer: idOf(share), as, ...(key !== "items" && { verdict: key }) }}
        label={`${header.toLowerCase()} of ${share.reviewer?.name ?? "nobody"}`}
      />
    ),
  });
  return [
    {
      id: "who",
      header: "Reviewer",
      width: 280,
      cell: (share) =>
        share.reviewer ? (
          <EntityLink entity={share.reviewer} strong />
        ) : (
          <span className="c-warn b">assigned to nobody</span>
        ),
    },
    number("items", "Items"),
    number("decided", "Decided"),
    number("undecided", "Undecided"),
    {
      id: "bar",
      header: <span className="sr-only">Progress</span>,
      cell: (share) => (
        <div className="prog thin share" aria-hidden="true">
          {share.decided > 0 && <i className="v-keep" style={{ flexGrow: share.decided }} />}
          {share.undecided > 0 && <i className="v-undecided" style={{ flexGrow: share.undecided }} />}
        </div>
      ),
    },
  ];
}
