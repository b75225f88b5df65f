import { Menu } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useKey } from "../../lib/keys";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";

interface ChipChoice {
  value: string;
  label: ReactNode;
  /** Grey, at its right: a count. */
  aside?: ReactNode;
}

/** A chip above a list that always says how the list is narrowed, and opens the choices. */
export function ChipMenu({
  label,
  value,
  choices,
  neutral,
  keys,
  onChange,
}: {
  label: string;
  value: string;
  choices: ChipChoice[];
  /** The choice that narrows nothing; any other is marked. */
  neutral?: string;
  /** A letter that opens it. */
  keys?: string;
  onChange(value: string): void;
}) {
  const [open, setOpen] = useState(false);
  useKey(keys ?? "", "Filter the list", "Lists", () => setOpen(true), Boolean(keys));
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-start" width={260}>
      <Menu.Target>
        <button type="button" className={neutral !== undefined && value !== neutral ? "chip on" : "chip"}>
          {label} <b className="ell">{chosen?.label ?? value}</b> <Icon name="down" />
          {keys && <Kbd keys={keys} />}
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {choices.map((choice) => (
          <Menu.Item
            key={choice.value}
            onClick={() => onChange(choice.value)}
            rightSection={choice.aside !== undefined && <span className="sm t3">{choice.aside}</span>}
            aria-current={choice.value === value || undefined}
          >
            <span className={choice.value === value ? "b" : undefined}>{choice.label}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
