import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import type { Ref } from "../../lib/entity";
import { countText, plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { SelectField, TextArea } from "../../ui/Field";
import { PickOne } from "../../ui/PickField";
import { shortest } from "./plan";
import { type Detail, usePeople } from "./queries";

/** Gives the undecided items of one reviewer, or of nobody, to another; or those that are selected. */
export function AssignDialog({
  campaign,
  items,
  onClose,
}: {
  campaign: Detail;
  /** Numbers of the selected items; absent: a reviewer's undecided ones are given away. */
  items?: number[];
  onClose(): void;
}) {
  const client = useQueryClient();
  const open = campaign.reviewers.filter((each) => each.undecided > 0);
  const first = open.find((each) => !each.reviewer) ?? open[0];
  const [from, setFrom] = useState(first ? (first.reviewer?.id ?? "nobody") : "");
  const [to, setTo] = useState<Ref>();
  const [reason, setReason] = useState("");
  const assign = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/reviews/{id}/assignments", {
          params: { path: { id: campaign.id } },
          body: { ...(items ? { items } : { from }), to: to?.id ?? "", reason: reason.trim() },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["reviews"] }),
  });
  const done = assign.data;
  const gap =
    (!items && !from && "Nothing is undecided.") ||
    (!to && "Say who reviews them now.") ||
    (reason.trim().length < shortest && "Say why: it is kept with each item.");
  if (done)
    return (
      <ConfirmDialog
        opened
        title="Items assigned"
        act="Back to the campaign"
        onConfirm={onClose}
        onClose={onClose}
      >
        <p>
          {plural(done.assigned, "item")} assigned to <bdi>{to?.name}</bdi>, event {countText(done.event)}.
        </p>
        {done.refused > 0 && (
          <p className="c-warn">
            {plural(done.refused, "item")} not: nobody reviews the accounts of their own.
          </p>
        )}
      </ConfirmDialog>
    );
  return (
    <ConfirmDialog
      opened
      title="Assign items"
      act="Assign"
      reason={gap || false}
      busy={assign.isPending}
      error={assign.error}
      onConfirm={() => assign.mutate()}
      onClose={onClose}
    >
      {items ? (
        <p>{plural(items.length, "selected item")} go to another reviewer. Decisions already made stay.</p>
      ) : (
        <SelectField
          label="Undecided items of"
          value={from}
          data={open.map((each) => ({
            value: each.reviewer?.id ?? "nobody",
            label: `${each.reviewer?.name ?? "nobody"}: ${countText(each.undecided)} undecided`,
          }))}
          onChange={(value) => setFrom(value ?? "")}
        />
      )}
      <PickOne label="To" value={to} onChange={setTo} useFound={usePeople} />
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </ConfirmDialog>
  );
}

/** Opens the dialog for items that are selected. */
export function AssignSelected({ campaign, items }: { campaign: Detail; items: number[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        Assign…
      </Button>
      {open && <AssignDialog campaign={campaign} items={items} onClose={() => setOpen(false)} />}
    </>
  );
}
