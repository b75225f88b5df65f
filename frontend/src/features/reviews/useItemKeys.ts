import { useKey } from "../../lib/keys";
import { acts, type Verdict } from "./verdicts";

/** The letters of the items: a decision each, the next undecided, why, and a change of mind. */
export function useItemKeys({
  onAct,
  onNext,
  onWhy,
  deciding,
}: {
  onAct(verdict: Verdict): void;
  onNext(): void;
  onWhy(): void;
  /** Whether decisions can be made at all. */
  deciding: boolean;
}): void {
  const [keep, revoke, modify, exception, defer, dontKnow] = acts;
  useActKey(keep, onAct, deciding);
  useActKey(revoke, onAct, deciding);
  useActKey(modify, onAct, deciding);
  useActKey(exception, onAct, deciding);
  useActKey(defer, onAct, deciding);
  useActKey(dontKnow, onAct, deciding);
  useKey("Ctrl+z", "Withdraw the decision", "Review", () => onAct("undecided"), deciding);
  useKey("n", "Next undecided", "Review", onNext);
  useKey("w", "Why", "Review", onWhy);
}

function useActKey(act: (typeof acts)[number] | undefined, onAct: (verdict: Verdict) => void, when: boolean) {
  useKey(
    act?.key ?? "",
    act?.label ?? "",
    "Review",
    () => act && onAct(act.verdict),
    when && act !== undefined,
  );
}
