import { Menu } from "@mantine/core";
import { useMay } from "../../api/session";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { AssignSelected } from "./AssignDialog";
import type { Detail } from "./queries";
import type { Selection } from "./useSelection";
import { type Act, acts, decidedAmong, needsReason, shared } from "./verdicts";

// A path loses its beginning, never its end.
function pathEnd(path: string[]): string {
  const end = path.slice(-2).join(" › ");
  return path.length > 2 ? `… › ${end}` : end;
}

const inSight = ["keep", "revoke", "defer"];

/** At the foot of the list while rows are selected: how many, what they share, what can be decided of them. */
export function BulkBar({
  campaign,
  selection,
  onAct,
  onWithdraw,
}: {
  campaign: Detail;
  selection: Selection;
  onAct(verdict: Act["verdict"]): void;
  onWithdraw(): void;
}) {
  const mayAssign = useMay("review.manage");
  const { items } = selection;
  if (items.length === 0) return null;
  const common = shared(items);
  // Above one it is asked first.
  const undoable = decidedAmong(items).length;
  const more = acts.filter((act) => !inSight.includes(act.verdict));
  return (
    <div className="bulk" role="region" aria-label="Selected items">
      <b className="bb nw">{countText(items.length)} selected</b>
      <span className="t2 ell w-only">
        {selection.note ?? common?.words}{" "}
        {!selection.note && common?.path && <span className="mono">{pathEnd(common.path)}</span>}
      </span>
      <span className="grow" />
      {acts
        .filter((act) => inSight.includes(act.verdict))
        .map((act) => (
          <Button
            key={act.verdict}
            size="sm"
            {...(act.verdict === "revoke" && { look: "danger" as const })}
            onClick={() => onAct(act.verdict)}
          >
            {act.label}
            {needsReason(act.verdict) && "…"} <Kbd keys={act.key} />
          </Button>
        ))}
      {mayAssign && <AssignSelected campaign={campaign} items={items.map((each) => each.item)} />}
      <Menu position="top-end" width={200}>
        <Menu.Target>
          <Button size="sm">
            More <Icon name="down" />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {more.map((act) => (
            <Menu.Item
              key={act.verdict}
              rightSection={<Kbd keys={act.key} />}
              onClick={() => onAct(act.verdict)}
            >
              {act.label}
              {needsReason(act.verdict) && "…"}
            </Menu.Item>
          ))}
          <Menu.Item disabled={undoable === 0} rightSection={<Kbd keys="Ctrl+z" />} onClick={onWithdraw}>
            Withdraw{undoable > 1 && "…"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button size="sm" look="ghost" icon="x" aria-label="Clear selection" onClick={selection.clear} />
    </div>
  );
}
