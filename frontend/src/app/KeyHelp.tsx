import { Modal } from "@mantine/core";
import { useKeys } from "../lib/keys";
import { useLetterKeys } from "../lib/preferences";
import { CheckField } from "../ui/Field";
import { Kbd } from "../ui/Kbd";

// Keys that a focused list or tab handles itself, so they are in no key map.
const inLists: [string[], string][] = [
  [["ArrowUp", "ArrowDown"], "Move"],
  [["PageUp", "PageDown"], "Move by a page"],
  [["Home", "End"], "First, last"],
  [["Enter"], "Open the whole page"],
  [[" "], "Show in the panel"],
];

/** All keys that work on this page. */
export function KeyHelp({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const keys = useKeys();
  const [letters, setLetters] = useLetterKeys();
  const scopes = [...new Set(["Everywhere", "Lists", ...keys.map((key) => key.scope)])];
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <div className="stack">
        {scopes.map((scope) => (
          <section key={scope}>
            <h3>{scope}</h3>
            <dl className="kv">
              {keys
                .filter(
                  (key, at) =>
                    key.scope === scope &&
                    keys.findIndex((k) => k.key === key.key && k.label === key.label) === at,
                )
                .map((key) => [
                  <dt key={`${key.key}-${key.label}`}>
                    <Kbd keys={key.key} />
                  </dt>,
                  <dd key={`${key.key}-${key.label}-does`}>{key.label}</dd>,
                ])}
              {scope === "Lists" &&
                inLists.map(([caps, does]) => [
                  <dt key={does}>
                    {caps.map((cap) => (
                      <span key={cap}>
                        <Kbd keys={cap === " " ? "Space" : cap} />{" "}
                      </span>
                    ))}
                  </dt>,
                  <dd key={`${does}-does`}>{does}</dd>,
                ])}
            </dl>
          </section>
        ))}
        <CheckField
          label="Single-letter keys"
          help="They work while no field has the focus."
          checked={letters}
          onChange={(event) => setLetters(event.currentTarget.checked)}
        />
      </div>
    </Modal>
  );
}
