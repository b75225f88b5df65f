import { type RefObject, useEffect, useRef } from "react";
import { useNow } from "../../lib/clock";
import { useKey } from "../../lib/keys";
import { countText } from "../../lib/number";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { TextArea, TextField } from "../../ui/Field";
import { Kbd } from "../../ui/Kbd";
import type { Deciding } from "./useDeciding";
import {
  acts,
  type Draft,
  draftGap,
  firstEnd,
  type Item,
  needsReason,
  verdictWord,
  withVerdict,
} from "./verdicts";

/** Where a decision is made: six buttons, a reason, and Record. For the item, or for all that are selected. */
export function DecisionDock({
  items,
  selected,
  draftKey,
  deciding,
  as,
  wantsFocus,
  onEscape,
}: {
  items: readonly Item[];
  /** Whether the items are a selection. */
  selected: boolean;
  draftKey: string;
  deciding: Deciding;
  as: string | undefined;
  /** Set where a key asked for a decision that needs more: the first field gets the focus, once. */
  wantsFocus: RefObject<boolean>;
  onEscape(): void;
}) {
  const now = useNow();
  const dock = useRef<HTMLDivElement>(null);
  const draft = deciding.draft(draftKey);
  const gap = draftGap(draft, as, now);
  const failed = deciding.failed?.key === draftKey ? deciding.failed.error : undefined;
  const change = (next: Draft) => deciding.change(draftKey, next);
  const record = () => {
    if (!gap && as && !deciding.busy) deciding.record(draftKey, draft, items, as);
  };
  useKey("Ctrl+Enter", "Record the decision", "Review", record);
  useEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    dock.current?.querySelector<HTMLElement>("input, textarea")?.focus();
  });

  // A decision that another recorded while this one is being written is told at once, not only when it fails.
  const overtaken = items.filter(
    (each) => draft.verdict && (draft.seen[each.item] ?? each.decision) !== each.decision,
  );
  const requiredFor = acts.find((each) => each.verdict === draft.verdict)?.label.toLowerCase();
  const withdraws = draft.verdict === "undecided";
  const gone = draft.verdict === "revoke" ? "Nothing is removed yet." : "";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc in its fields goes back to the list
    <div
      ref={dock}
      className="decide"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onEscape();
      }}
    >
      <header>
        <h3>{selected ? `Decision for ${countText(items.length)} selected` : "Decision"}</h3>
        <span className="sm t3">
          {withdraws ? "withdraws the present one" : "appended, can change until close"}
        </span>
      </header>
      <div className="dec">
        {acts.map(({ verdict, label, key }) => (
          <button
            key={verdict}
            type="button"
            className={`btn${draft.verdict === verdict ? " on" : ""}${verdict === "revoke" ? " removes" : ""}`}
            aria-pressed={draft.verdict === verdict}
            onClick={() => change(withVerdict(draft, verdict, items))}
          >
            {label} <Kbd keys={key} />
          </button>
        ))}
      </div>
      {draft.verdict === "exception" && (
        <TextField
          label="Kept until"
          type="date"
          min={firstEnd(now)}
          value={draft.until}
          onChange={(event) => change({ ...draft, until: event.currentTarget.value })}
        />
      )}
      <TextArea
        label={
          <>
            Reason{" "}
            <span className="t3 nw" style={{ fontWeight: 400 }}>
              {draft.verdict && needsReason(draft.verdict) ? `required for ${requiredFor}` : "optional"}
            </span>
          </>
        }
        minRows={2}
        maxRows={5}
        value={draft.reason}
        onChange={(event) => change({ ...draft, reason: event.currentTarget.value })}
      />
      {failed || overtaken.length > 0 ? (
        <div className={failed ? "note danger sm" : "note warn sm"} role="alert">
          {failed ? (
            <>
              <b className="b">Not recorded.</b> {problemOf(failed).detail} {problemOf(failed).remedy}
            </>
          ) : (
            <>
              Decided meanwhile: {verdictWord(overtaken[0]?.verdict ?? "")}
              {overtaken.length > 1 && `, and ${countText(overtaken.length - 1)} more`}.
            </>
          )}{" "}
          {draft.reason && "Your reason is still here."}
        </div>
      ) : null}
      <div className="row">
        <span className="sm t3 grow wrap" aria-live="polite">
          {deciding.busy ? "Recording." : (draft.verdict && gap) || gone || recordedText(deciding)}
        </span>
        <Button look="primary" reason={deciding.busy ? "Recording." : gap} onClick={record}>
          {withdraws ? "Withdraw" : "Record"}
          {selected && items.length > 1 ? ` ${countText(items.length)}` : ""} <Kbd keys="Ctrl+↵" />
        </Button>
      </div>
    </div>
  );
}

/** "Recorded: keep, event 18,240." */
export function recordedText({ outcome }: Pick<Deciding, "outcome">): string {
  if (!outcome || outcome.recorded === 0) return "";
  const what =
    outcome.verdict === "undecided" ? "Withdrawn" : `Recorded: ${verdictWord(outcome.verdict ?? "")}`;
  const many = outcome.recorded > 1 ? ` for ${countText(outcome.recorded)}` : "";
  return `${what}${many}, event ${countText(outcome.event)}.`;
}
