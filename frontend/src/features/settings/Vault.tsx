import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/Links";
import { Note, Section } from "../../ui/Page";
import { EmptyState, ErrorState } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { AddPassphrase, UnlockVault } from "./Passphrase";
import { type Settings, settingsQuery, useVaultChanged } from "./queries";
import { RecoveryKey } from "./RecoveryKey";
import { Rekey } from "./Rekey";
import { RemoveSlot } from "./RemoveSlot";
import { VaultMenu, type WayToAdd } from "./VaultMenu";
import { place, type Slot, ways } from "./vaultWords";

type Dialog = "passphrase" | "rekey" | "unlock" | Slot | undefined;

const intoSight = (element: HTMLElement | null) => element?.scrollIntoView({ block: "nearest" });

/** How the key that seals secrets is itself kept, and the acts on it. */
export function Vault({ vault, may }: { vault: Settings["vault"]; may: boolean }) {
  const client = useQueryClient();
  const changed = useVaultChanged();
  const [dialog, setDialog] = useState<Dialog>();
  const [rekeyed, setRekeyed] = useState<Schema<"VaultRekeyed">>();
  const add = useMutation({
    mutationFn: (kind: "keychain" | "keyfile") => dataOf(api.POST("/vault/slots", { body: { kind } })),
    onSuccess: changed,
  });
  const recovery = useMutation({
    mutationFn: () => dataOf(api.POST("/vault/recovery-key")),
    gcTime: 0, // the key leaves the memory as its dialog is closed
    onSuccess: () => client.invalidateQueries({ queryKey: settingsQuery.queryKey }),
  });
  const addWay = (way: WayToAdd) => {
    add.reset();
    recovery.reset();
    setRekeyed(undefined);
    if (way === "passphrase") setDialog("passphrase");
    else if (way === "recovery") recovery.mutate();
    else add.mutate(way);
  };
  const made = vault.slots.length > 0;
  const locked = made && !vault.unlocked;
  const close = () => setDialog(undefined);
  return (
    <Section
      title="Vault"
      beside={
        made ? (
          <Status tone={locked ? "none" : "neutral"}>
            {locked ? "locked until a secret is needed" : "open"}
          </Status>
        ) : (
          "ways to open what is sealed"
        )
      }
      aside={
        may && (
          <div className="row">
            {locked && vault.slots.some((slot) => slot.kind === "passphrase") && (
              <Button size="sm" onClick={() => setDialog("unlock")}>
                Open…
              </Button>
            )}
            {made && (
              <Button size="sm" onClick={() => setDialog("rekey")}>
                Replace key…
              </Button>
            )}
            <VaultMenu busy={add.isPending || recovery.isPending} onAdd={addWay} />
          </div>
        )
      }
    >
      {made ? (
        <Slots slots={vault.slots} may={may} onRemove={setDialog} />
      ) : (
        <EmptyState>Nothing is sealed yet. The first password makes the vault.</EmptyState>
      )}
      <div className="pad stack prose">
        {made && !vault.hasRecovery && (
          <Note tone="warn">
            There is no recovery key. If this computer is lost, what is stored sealed is lost with it.
          </Note>
        )}
        <p className="t2">
          If this computer is lost:{" "}
          <PageLink to="/settings/lost-laptop" className="why">
            what to change, worst first
          </PageLink>
        </p>
        {rekeyed && !rekeyed.recoveryKey && (
          <div role="status">
            <Rekeyed done={rekeyed} />
          </div>
        )}
      </div>
      {(add.error || recovery.error) && (
        // The section stands at the foot of the page: the answer must not come below the edge.
        <div ref={intoSight}>
          {add.error && <ErrorState error={add.error} what="No way to open the vault was added." />}
          {recovery.error && (
            <ErrorState
              error={recovery.error}
              what="No recovery key was made."
              onRetry={() => recovery.mutate()}
            />
          )}
        </div>
      )}
      {dialog === "passphrase" && <AddPassphrase onClose={close} />}
      {dialog === "unlock" && <UnlockVault onClose={close} />}
      {dialog === "rekey" && (
        <Rekey
          slots={vault.slots}
          onClose={close}
          onDone={(done) => {
            close();
            setRekeyed(done);
          }}
        />
      )}
      {typeof dialog === "object" && <RemoveSlot slot={dialog} slots={vault.slots} onClose={close} />}
      {recovery.data && <RecoveryKey recovery={recovery.data.key} onClose={() => recovery.reset()} />}
      {rekeyed?.recoveryKey && (
        <RecoveryKey recovery={rekeyed.recoveryKey} onClose={() => setRekeyed(undefined)}>
          <Rekeyed done={rekeyed} />
          <p>The recovery key that was printed before opens nothing any more.</p>
        </RecoveryKey>
      )}
    </Section>
  );
}

function Slots({ slots, may, onRemove }: { slots: Slot[]; may: boolean; onRemove(slot: Slot): void }) {
  return (
    <Table
      label="Ways to open the vault"
      columns={[
        {
          id: "kind",
          header: "Way",
          width: 200,
          cell: (slot) => <span className="b">{ways[slot.kind]}</span>,
        },
        {
          id: "label",
          header: "Where",
          cell: (slot) => {
            const { text, path } = place(slot);
            return (
              <span className={path ? "mono t2" : "t2"} title={text}>
                {text}
              </span>
            );
          },
        },
        {
          id: "created",
          header: "Since",
          width: 176,
          cell: (slot) => <When at={slot.createdAt} age="short" />,
        },
        ...(may
          ? [
              {
                id: "remove",
                header: <span className="sr-only">Acts</span>,
                width: 112,
                align: "right" as const,
                cell: (slot: Slot) => (
                  <Button
                    size="sm"
                    aria-label={`Remove ${slot.label}`}
                    reason={slots.length === 1 && "It is the only way to open the vault."}
                    onClick={() => onRemove(slot)}
                  >
                    Remove…
                  </Button>
                ),
              },
            ]
          : []),
      ]}
      rows={slots}
      rowKey={(slot) => slot.id}
    />
  );
}

function Rekeyed({ done }: { done: Schema<"VaultRekeyed"> }) {
  return (
    <p>
      The key was replaced and {plural(done.resealed, "secret")} sealed anew.{" "}
      {done.dropped.length > 0
        ? `No longer opens the vault: ${done.dropped.map((slot) => slot.label).join("; ")}.`
        : "Every way in was kept."}
    </p>
  );
}
