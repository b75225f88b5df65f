import { Modal } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { CheckField } from "../../ui/Field";

/** The one time the key is seen. Closing asks whether it is kept, because it cannot be shown again. */
export function RecoveryKey({
  recovery,
  onClose,
  children,
}: {
  recovery: string;
  onClose(): void;
  /** What led to it, above the key. */
  children?: ReactNode;
}) {
  const [kept, setKept] = useState(false);
  return (
    <Modal
      opened
      onClose={() => kept && onClose()}
      title="Recovery key"
      withCloseButton={false}
      closeOnClickOutside={false}
    >
      <div className="stack">
        {children}
        <p>
          This key opens the vault when nothing else does. Print it or write it down; it is shown this once
          and not stored.
        </p>
        <p className="key" data-autofocus tabIndex={-1}>
          {recovery}
        </p>
        <div className="row no-print">
          <CopyButton text={recovery} label="Copy key" />
          <Button size="sm" onClick={() => window.print()}>
            Print
          </Button>
        </div>
        <div className="no-print">
          <CheckField
            label="I keep it where this computer's thief will not find it"
            checked={kept}
            onChange={(event) => setKept(event.currentTarget.checked)}
          />
        </div>
        <div className="row no-print" style={{ justifyContent: "flex-end" }}>
          <Button
            size="lg"
            look="primary"
            reason={!kept && "It cannot be shown again: keep it first."}
            onClick={onClose}
          >
            Close
          </Button>
        </div>
      </div>
    </Modal>
  );
}
