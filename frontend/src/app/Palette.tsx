import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from "react";
import { useGo } from "../lib/address";
import { useDelayed } from "../lib/delayed";
import { entityPath } from "../lib/entity";
import type { IconName } from "../lib/icons";
import { problemOf } from "../lib/problem";
import { parseSearch } from "../lib/search";
import { Icon } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import { features } from "./features";
import { searchQuery } from "./queries";

interface Item {
  id: string;
  icon: IconName;
  label: string;
  detail: string;
  aside: string;
  path: string;
}

const iconOf: Record<string, IconName> = {
  identity: "identities",
  account: "identities",
  group: "groups",
  source: "directories",
  run: "directories",
};

const pages: Item[] = features.flatMap((feature) => [
  { id: feature.id, icon: feature.icon, label: feature.label, detail: "", aside: "page", path: feature.path },
  ...(feature.commands ?? []).map((command) => ({
    id: command.path,
    icon: feature.icon,
    label: command.label,
    detail: "",
    aside: feature.label,
    path: command.path,
  })),
]);

/** Search for anything and go anywhere: results of the server first, then pages and commands that fit the text. */
export function Palette({ opened, onClose }: { opened: boolean; onClose(): void }) {
  return (
    <Modal.Root opened={opened} onClose={onClose} size={640} yOffset={96} centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label="Search and commands">
        <PaletteBody onClose={onClose} />
      </Modal.Content>
    </Modal.Root>
  );
}

function PaletteBody({ onClose }: { onClose(): void }) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const go = useGo();
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 120);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    ...searchQuery(asked),
    placeholderData: (previous) => (asked ? previous : undefined),
  });
  const slow = useDelayed(300, found.isFetching ? asked : null);

  const words = text.trim().toLowerCase();
  // What was found for an earlier text stays only where it fits this one: Enter opens what is at the top.
  const stale = asked !== text.trim() || found.isPlaceholderData;
  const known = useMemo<Item[]>(
    () =>
      (found.data?.items ?? []).map((hit) => ({
        id: `${hit.ref.kind}-${hit.ref.id}`,
        icon: iconOf[hit.ref.kind] ?? "search",
        label: hit.ref.name,
        detail: [hit.login, hit.detail].filter(Boolean).join(" · "),
        aside: hit.source ?? "",
        path: entityPath(hit.ref),
      })),
    [found.data],
  );
  const hits = known.filter((hit) => !stale || `${hit.label} ${hit.detail}`.toLowerCase().includes(words));
  const fitting = pages.filter((page) => page.label.toLowerCase().includes(words));
  const items = [...(asked ? hits : []), ...fitting];
  const active = Math.min(at, Math.max(0, items.length - 1));
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [id, active]);

  const open = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    const [path = "/", search = ""] = item.path.split("?");
    go(path, parseSearch(search));
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length > 0) setAt((active + step + items.length) % items.length);
    else if (event.key === "Enter") open(items[active]);
    else return;
    event.preventDefault();
  };
  const option = (item: Item, index: number) => (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and handles the keys
    <div
      key={item.id}
      id={`${id}-${index}`}
      role="option"
      aria-selected={index === active}
      className="palette-item"
      onMouseMove={() => setAt(index)}
      onClick={() => open(item)}
    >
      <Icon name={item.icon} />
      <span className="ell">
        <bdi className="b">{item.label}</bdi> <span className="mono t3">{item.detail}</span>
      </span>
      <span className="grow" />
      <span className="sm t3 nw">{item.aside}</span>
    </div>
  );
  return (
    <div className="palette">
      <div className="palette-input">
        <Icon name="search" />
        <input
          data-autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={items.length ? `${id}-${active}` : undefined}
          aria-label="Search people, accounts and groups, or a command"
          placeholder="Name, login, mail, DN, SID, phone: paste anything"
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
      </div>
      <div className="palette-list" id={`${id}-list`} role="listbox" aria-label="Found">
        {asked && hits.length > 0 && (
          <fieldset className="bare">
            <legend className="sr-only">In the directories</legend>
            {hits.map(option)}
          </fieldset>
        )}
        {fitting.length > 0 && fitting.map((item, index) => option(item, (asked ? hits.length : 0) + index))}
      </div>
      <div className="palette-foot">
        <span>
          <Kbd keys="ArrowUp" /> <Kbd keys="ArrowDown" /> move
        </span>
        <span>
          <Kbd keys="Enter" /> open
        </span>
        <span className="grow" />
        <span aria-live="polite">
          {found.isError
            ? problemOf(found.error).detail
            : found.isFetching && slow
              ? "searching"
              : asked && !found.isFetching && hits.length === 0
                ? `Nothing in the directories fits "${asked}".`
                : ""}
        </span>
      </div>
    </div>
  );
}
