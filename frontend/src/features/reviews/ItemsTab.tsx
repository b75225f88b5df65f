import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useMay } from "../../api/session";
import { useGo } from "../../lib/address";
import { Split } from "../../ui/Page";
import { BulkBar } from "./BulkBar";
import { ClosedDock, MayNotDock } from "./ClosedDock";
import { DecisionDock, recordedText } from "./DecisionDock";
import { ItemFilters } from "./ItemFilters";
import { ItemFoot } from "./ItemFoot";
import { ItemInspector, whyOf } from "./ItemInspector";
import { ItemTable } from "./ItemTable";
import { itemColumns } from "./itemColumns";
import { findUndecided, offsetOf } from "./locate";
import { NotRecordedBand } from "./NotRecordedBand";
import { type CampaignAddress, type Detail, type ItemFilter, itemQuery } from "./queries";
import { useDeciding } from "./useDeciding";
import { useDecidingAs } from "./useDecidingAs";
import { useItemKeys } from "./useItemKeys";
import { useItems } from "./useItems";
import { useSelection } from "./useSelection";
import { decidedAmong, type Item, needsReason, type Verdict, withVerdict } from "./verdicts";
import { type Withdrawal, WithdrawDialog } from "./WithdrawDialog";

const focusList = () => document.querySelector<HTMLElement>("[data-pane=list]")?.focus();

/** The items of a campaign, to be decided one by one or many at once. */
export function ItemsTab({
  campaign,
  address,
  set,
}: {
  campaign: Detail;
  address: CampaignAddress;
  set(patch: Partial<CampaignAddress>): void;
}) {
  const client = useQueryClient();
  const go = useGo();
  const may = useMay("review.decide");
  const { id } = campaign;
  const setAs = useCallback((as: string | undefined) => set({ as, reviewer: undefined }), [set]);
  const [as, onAs] = useDecidingAs(campaign, address.as, setAs);
  const own =
    campaign.state === "open" && campaign.reviewers.some((each) => each.reviewer?.id === as?.id)
      ? as?.id
      : undefined;
  const reviewer = address.reviewer ?? own ?? "all";
  const { verdict, basis, group, q, excluded } = address;
  const filter = useMemo<ItemFilter>(
    () => ({
      verdict,
      basis,
      group,
      q,
      ...(excluded && { excluded: true }),
      ...(reviewer !== "all" && { reviewer }),
    }),
    [verdict, basis, group, q, excluded, reviewer],
  );
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useItems(id, filter, address.by, folded);
  const selection = useSelection(id, filter, rows.here);
  const { clear } = selection;
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const [note, setNote] = useState("");
  const [withdrawing, setWithdrawing] = useState<Withdrawal>();
  const at = Math.min(active, Math.max(0, rows.map.rows - 1));

  // Another question starts at its top, with nothing selected.
  const asked = useRef(filter);
  useEffect(() => {
    if (asked.current === filter) return;
    asked.current = filter;
    setActive(0);
    clear();
  }, [filter, clear]);

  const deciding = useDeciding(id, (key, { recorded, notRecorded }) => {
    if (key === "selection") {
      if (notRecorded.length === 0) clear();
      else selection.drop(recorded.map((each) => each.item));
    }
    focusList();
  });
  const open = campaign.state === "open" && may === true && !excluded;
  const row = rows.map.at(at);
  const activeItem = row?.kind === "item" ? rows.at(row.offset, row.group.group.id) : undefined;
  // The open item may be out of sight; what is decided is always what the inspector shows.
  const detail = useQuery({ ...itemQuery(id, address.item ?? 0), enabled: address.item !== undefined });
  const openItem = [...rows.here, ...(detail.data ? [detail.data] : [])].find(
    (each) => each.item === address.item,
  );
  const several = selection.items.length > 0;
  const single = address.item === undefined ? activeItem : openItem;
  const target = several ? selection.items : single ? [single] : [];
  const key = several ? "selection" : `item-${target[0]?.item ?? 0}`;

  const reach = (item: Item, offset: number | undefined) => {
    const map = rows.map.unfolded(item.group.id);
    setFolded(map.folded);
    const index = offset === undefined ? undefined : map.rowOf(offset);
    if (index !== undefined) setActive(index);
    set({ item: item.item });
  };
  const act = (next: Verdict) => {
    const items = next === "undecided" ? decidedAmong(target) : target;
    const [first] = items;
    if (!first || !open) return;
    const draft = withVerdict(deciding.draft(key), next, items);
    deciding.forget();
    if (next === "undecided" && items.length > 1 && as) return setWithdrawing({ key, draft, items });
    // What needs no reason needs no more than its letter.
    if (!needsReason(next) && as) return deciding.record(key, draft, items, as.id);
    wantsFocus.current = true;
    deciding.change(key, draft);
    if (address.item === undefined) set({ item: first.item });
  };
  const next = async () => {
    const found = await findUndecided(client, id, filter, activeItem?.item ?? address.item ?? 0);
    setNote(found ? "" : "Nothing is undecided here.");
    if (found) reach(found, await offsetOf(client, id, filter, rows.map, found));
  };
  useItemKeys({
    onAct: act,
    onNext: () => void next(),
    onWhy: () => {
      const [first] = target;
      if (!first) return;
      const why = whyOf(first);
      go(why.to, why.search);
    },
    deciding: open,
  });

  // A link that names an item puts the keyboard on it.
  const linked = useRef(address.item);
  useEffect(() => {
    const wanted = linked.current;
    if (wanted === undefined || rows.loading || rows.map.items === 0) return;
    linked.current = undefined;
    void client
      .fetchQuery(itemQuery(id, wanted))
      .then((item) => offsetOf(client, id, filter, rows.map, item))
      .then((offset) => {
        const index = offset === undefined ? undefined : rows.map.rowOf(offset);
        if (index !== undefined) setActive(index);
      })
      .catch(() => {}); // the inspector says what is wrong with the item
  });

  const columns = useMemo(
    () => itemColumns(campaign.frozenAt, address.by === "group"),
    [campaign.frozenAt, address.by],
  );
  const close = () => {
    set({ item: undefined });
    focusList();
  };
  const narrowed = Boolean(verdict || basis || group || q || reviewer !== "all");
  const dock =
    campaign.state === "closed" ? (
      <ClosedDock campaign={campaign} />
    ) : may === false ? (
      <MayNotDock />
    ) : open && target.length > 0 ? (
      <DecisionDock
        items={target}
        selected={several}
        draftKey={key}
        deciding={deciding}
        as={as?.id}
        wantsFocus={wantsFocus}
        onEscape={focusList}
      />
    ) : undefined;
  return (
    <>
      <ItemFilters
        campaign={campaign}
        address={address}
        reviewer={reviewer}
        set={set}
        as={as}
        onAs={onAs}
        total={rows.map.items}
      />
      <Split
        inspector={
          address.item !== undefined && (
            <ItemInspector
              campaign={id}
              item={address.item}
              listed={openItem}
              frozenAt={campaign.frozenAt}
              dock={dock}
              onClose={close}
            />
          )
        }
      >
        <div className="list">
          <ItemTable
            id={id}
            rows={rows}
            columns={columns}
            selection={selection}
            selectable={open}
            folded={folded}
            onFold={(each) => {
              const after = new Set(folded);
              if (!after.delete(each)) after.add(each);
              setFolded(after);
            }}
            active={at}
            onActive={setActive}
            open={address.item}
            onOpen={(item) => set({ item: item.item })}
            onEscape={() => (several ? clear() : close())}
            empty={narrowed ? "No item fits these filters." : "This campaign has no item."}
          />
          <NotRecordedBand
            deciding={deciding}
            hidden={deciding.failed?.key === key && address.item !== undefined}
          />
          {open && (
            <BulkBar
              campaign={campaign}
              selection={selection}
              onAct={act}
              onWithdraw={() => act("undecided")}
            />
          )}
          <ItemFoot note={note || (as ? recordedText(deciding) : "")} deciding={open} />
        </div>
      </Split>
      {withdrawing && as && (
        <WithdrawDialog
          withdrawal={withdrawing}
          as={as.name}
          onConfirm={({ key, draft, items }) => deciding.record(key, draft, items, as.id)}
          onClose={() => setWithdrawing(undefined)}
        />
      )}
    </>
  );
}
