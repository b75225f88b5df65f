import { Menu } from "@mantine/core";
import { Button } from "../../ui/Button";

export type WayToAdd = "keychain" | "keyfile" | "passphrase" | "recovery";

const choices: { way: WayToAdd; label: string; hint: string }[] = [
  { way: "keychain", label: "Keychain", hint: "of the user who runs Gatehouse, on this computer" },
  { way: "keyfile", label: "Key file", hint: "the one named with --vault-key-file when it was started" },
  { way: "passphrase", label: "Passphrase…", hint: "for whoever knows it, on any computer" },
  { way: "recovery", label: "Recovery key…", hint: "printed once, kept on paper, for any computer" },
];

/** Chooses a way to open the vault to add. */
export function VaultMenu({ busy, onAdd }: { busy: boolean; onAdd(way: WayToAdd): void }) {
  return (
    <Menu position="bottom-end" width={340}>
      <Menu.Target>
        <Button size="sm" icon="plus" reason={busy && "Under way."}>
          Add a way in
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map((choice) => (
          <Menu.Item key={choice.way} onClick={() => onAdd(choice.way)}>
            {choice.label}
            <br />
            <span className="sm t2">{choice.hint}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
