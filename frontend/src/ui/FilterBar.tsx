import { Menu } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useKey } from "../lib/keys";
import { Icon } from "./Icon";
import { Kbd } from "./Kbd";

/** One thing a list can be narrowed by. */
export interface Filter {
  id: string;
  label: string;
  choices: { value: string; label: string }[];
}

/**
 * Filter chips above a list: a search field, a chip for every filter that is set, "+ Filter" (F) for the others,
 * and the total at the right. Values are those of the address; undefined clears one.
 */
export function FilterBar({
  filters,
  values,
  onChange,
  search,
  onSearch,
  total,
}: {
  filters: Filter[];
  values: Record<string, string | undefined>;
  onChange(id: string, value: string | undefined): void;
  search?: string;
  onSearch?(text: string): void;
  /** "386 of 403 people". */
  total?: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  useKey("f", "Filter the list", "Lists", () => setOpen(true), filters.length > 0);
  const on = filters.filter((filter) => values[filter.id]);
  const off = filters.filter((filter) => !values[filter.id]);
  return (
    <div className="chips">
      {onSearch && <SearchField value={search ?? ""} onChange={onSearch} />}
      {on.map((filter) => (
        <button
          key={filter.id}
          type="button"
          className="chip on"
          onClick={() => onChange(filter.id, undefined)}
        >
          {filter.label}{" "}
          <b>
            {filter.choices.find((choice) => choice.value === values[filter.id])?.label ?? values[filter.id]}
          </b>
          <Icon name="x" />
          <span className="sr-only">remove this filter</span>
        </button>
      ))}
      {off.length > 0 && (
        <Menu opened={open} onChange={setOpen} position="bottom-start" width={260}>
          <Menu.Target>
            <button type="button" className="chip">
              <Icon name="plus" />
              Filter <Kbd keys="f" />
            </button>
          </Menu.Target>
          <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
            {off.map((filter) => [
              <Menu.Label key={filter.id}>{filter.label}</Menu.Label>,
              ...filter.choices.map((choice) => (
                <Menu.Item
                  key={`${filter.id}=${choice.value}`}
                  onClick={() => onChange(filter.id, choice.value)}
                >
                  {choice.label}
                </Menu.Item>
              )),
            ])}
          </Menu.Dropdown>
        </Menu>
      )}
      <span className="grow" />
      <span className="sm t3" aria-live="polite">
        {total}
      </span>
      {(on.length > 0 || search) && (
        <button
          type="button"
          className="sm link"
          onClick={() => {
            for (const filter of on) onChange(filter.id, undefined);
            onSearch?.("");
          }}
        >
          Clear
        </button>
      )}
    </div>
  );
}

/** Search as you type, told 150 ms after the last key. */
export function SearchField({ value, onChange }: { value: string; onChange(text: string): void }) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onChange(text);
    }, 150);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <input
      className="chip-input"
      type="search"
      aria-label="Search this list"
      placeholder="Search this list"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}
