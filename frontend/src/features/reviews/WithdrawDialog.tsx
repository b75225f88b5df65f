import { countText } from "../../lib/number";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import type { Draft, Item } from "./verdicts";

/** Decisions about to be withdrawn at once. */
export interface Withdrawal {
  key: string;
  draft: Draft;
  items: readonly Item[];
}

/** Asks before many decisions are withdrawn: each of them has to be made again. */
export function WithdrawDialog({
  withdrawal,
  as,
  onConfirm,
  onClose,
}: {
  withdrawal: Withdrawal;
  /** Name of the person who decides. */
  as: string;
  onConfirm(withdrawal: Withdrawal): void;
  onClose(): void;
}) {
  const count = countText(withdrawal.items.length);
  return (
    <ConfirmDialog
      opened
      title={`Withdraw ${count} decisions?`}
      act={`Withdraw ${count} decisions`}
      look="danger"
      onConfirm={() => {
        onClose();
        onConfirm(withdrawal);
      }}
      onClose={onClose}
    >
      <p>
        These {count} items are undecided again, and each has to be decided anew. The decisions and their
        reasons stay in the history of each item, with the withdrawal by <bdi className="b">{as}</bdi>.
      </p>
    </ConfirmDialog>
  );
}
