import { type KeyboardEvent, useRef } from "react";
import type { Choice } from "./Segmented";

/** Tabs of a detail page. The panel below should carry `id={panel}` and role "tabpanel". */
export function Tabs<V extends string>({
  label,
  value,
  tabs,
  onChange,
  panel,
}: {
  label: string;
  value: V;
  tabs: Choice<V>[];
  onChange(value: V): void;
  panel: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.value === value);
    const next = (at + step + tabs.length) % tabs.length;
    const tab = tabs[next];
    if (tab) onChange(tab.value);
    (box.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div ref={box} className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          aria-selected={tab.value === value}
          aria-controls={panel}
          tabIndex={tab.value === value ? 0 : -1}
          onClick={() => onChange(tab.value)}
        >
          {tab.label}
          {tab.count !== undefined && <span>{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}
