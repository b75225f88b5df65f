import { Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { CheckField } from "../../ui/Field";
import { Note, Section } from "../../ui/Page";
import { EmptyState, ErrorState } from "../../ui/States";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { type Settings, settingsQuery } from "./queries";

const kinds: Record<Settings["vault"]["slots"][number]["kind"], string> = {
  keychain: "keychain of this computer",
  passphrase: "passphrase",
  keyfile: "key file",
  recovery: "printed recovery key",
};

const intoSight = (element: HTMLElement | null) => element?.scrollIntoView({ block: "nearest" });

/** How the key that seals secrets is itself kept. */
export function Vault({ vault, may }: { vault: Settings["vault"]; may: boolean }) {
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => dataOf(api.POST("/vault/recovery-key")),
    onSuccess: () => client.invalidateQueries({ queryKey: settingsQuery.queryKey }),
  });
  return (
    <Section
      title="Vault"
      beside="ways to open what is sealed"
      aside={
        may && (
          <Button size="sm" reason={add.isPending && "Under way."} onClick={() => add.mutate()}>
            {vault.hasRecovery ? "Replace recovery key…" : "Add recovery key…"}
          </Button>
        )
      }
    >
      {vault.slots.length === 0 ? (
        <EmptyState>Nothing is sealed yet. The first password makes the vault.</EmptyState>
      ) : (
        <Table
          label="Ways to open the vault"
          columns={[
            {
              id: "kind",
              header: "Way",
              width: 240,
              cell: (slot) => <span className="b">{kinds[slot.kind]}</span>,
            },
            { id: "label", header: "Where", cell: (slot) => <span className="t2">{slot.label}</span> },
            {
              id: "created",
              header: "Since",
              width: 176,
              cell: (slot) => <When at={slot.createdAt} age="short" />,
            },
          ]}
          rows={vault.slots}
          rowKey={(slot) => `${slot.kind} ${slot.label} ${slot.createdAt}`}
        />
      )}
      {!vault.hasRecovery && vault.slots.length > 0 && (
        <div className="pad">
          <Note tone="warn">
            There is no recovery key. If this computer&apos;s keychain is lost, stored passwords are lost with
            it.
          </Note>
        </div>
      )}
      {add.error && (
        // The section stands at the foot of the page: the answer must not come below the edge.
        <div ref={intoSight}>
          <ErrorState error={add.error} what="No recovery key was made." onRetry={() => add.mutate()} />
        </div>
      )}
      {add.data && <RecoveryKey recovery={add.data.key} onClose={() => add.reset()} />}
    </Section>
  );
}

/** The one time the key is seen. Closing asks whether it is kept, because it cannot be shown again. */
function RecoveryKey({ recovery, onClose }: { recovery: string; onClose(): void }) {
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
        <p>
          It opens the vault when nothing else does. Print it or write it down; it is shown this once and not
          stored.
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
