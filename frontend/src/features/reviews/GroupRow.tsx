import { countText } from "../../lib/number";
import { Icon } from "../../ui/Icon";
import { EntityLink, NumberLink } from "../../ui/Links";
import { Tag } from "../../ui/Tag";
import { itemsText } from "./ItemWords";
import type { Group } from "./rowMap";

/** The head of a group among the items: its name, how many items it has and what is left to do. */
export function GroupRow({
  id,
  top,
  at,
  index,
  columns,
  campaign,
  group,
  folded,
  onFold,
  onSelect,
}: {
  id: string;
  top: number;
  at: string;
  index: number;
  columns: number;
  campaign: string;
  group: Group;
  folded: boolean;
  onFold(): void;
  /** Selects its items, where they can be selected. */
  onSelect?: () => void;
}) {
  const page = `/reviews/${campaign}`;
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      className={`grid-row group${at}`}
      style={{ top, gridTemplateColumns: "40px minmax(0, 1fr)" }}
    >
      <div role="gridcell">
        <button
          type="button"
          tabIndex={-1}
          className="fold"
          aria-expanded={!folded}
          aria-label={`${folded ? "Show" : "Hide"} the items of ${group.group.name}`}
          onClick={onFold}
        >
          <Icon name={folded ? "right" : "down"} className="s" />
        </button>
      </div>
      <div role="gridcell" aria-colspan={columns}>
        <EntityLink entity={group.group} strong /> {group.privileged && <Tag>privileged</Tag>}{" "}
        <span className="t3 plain">
          {group.source} ·{" "}
          {onSelect ? (
            <button
              type="button"
              tabIndex={-1}
              className="n"
              title={`Select the items of ${group.group.name}`}
              onClick={onSelect}
            >
              {countText(group.items)}
            </button>
          ) : (
            countText(group.items)
          )}{" "}
          {itemsText(group.items).split(" ")[1]} ·{" "}
          <NumberLink
            value={group.undecided}
            to={page}
            search={{ group: group.group.id, verdict: "undecided", reviewer: "all" }}
            label={`undecided in ${group.group.name}`}
          />{" "}
          undecided
        </span>
      </div>
    </div>
  );
}
