import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { ErrorState } from "./States";

/** Asks before an act, with its consequence: who gains, who loses, what cannot be undone. */
export function ConfirmDialog({
  opened,
  title,
  act,
  look = "primary",
  reason,
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: {
  opened: boolean;
  title: string;
  /** The verb on the button: "Release the run". */
  act: string;
  look?: "primary" | "danger" | "final";
  /** Why it cannot be confirmed yet. */
  reason?: string | false;
  busy?: boolean;
  error?: unknown;
  onConfirm(): void;
  onClose(): void;
  /** The consequence, and fields if the act needs any. */
  children: ReactNode;
}) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      <div className="stack">
        {children}
        {error ? <ErrorState error={error} what={`${title}: not done.`} /> : null}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button size="lg" look="ghost" onClick={onClose}>
            Cancel
          </Button>
          <Button size="lg" look={look} reason={busy ? "Under way." : reason} onClick={onConfirm}>
            {act}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
