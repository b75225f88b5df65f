import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useDelayed } from "../../lib/delayed";
import { problemOf } from "../../lib/problem";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { peopleQuery } from "./queries";

/** Finds one person by anything that is typed or pasted. Arrows move, Enter picks. */
export function PersonPicker({ label, onPick }: { label: string; onPick(identity: string): void }) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 120);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    ...peopleQuery(asked),
    placeholderData: (previous) => (asked ? previous : undefined),
  });
  const slow = useDelayed(300, found.isFetching ? asked : null);
  const hits = asked ? (found.data ?? []) : [];
  const active = Math.min(at, Math.max(0, hits.length - 1));
  // Enter before the answer must not pick somebody whom the last words found.
  const settled = asked === text.trim() && !found.isFetching;
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hit = hits[active];
    if (step && hits.length > 0) setAt((active + step + hits.length) % hits.length);
    else if (event.key === "Enter") {
      if (settled && hit) onPick(hit.ref.id);
    } else return;
    event.preventDefault();
  };
  return (
    <div className="picker">
      <label htmlFor={`${id}-field`} className="b">
        {label}
      </label>
      <div className="picker-input">
        <Icon name="search" />
        <input
          id={`${id}-field`}
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={hits.length ? `${id}-${active}` : undefined}
          aria-describedby={`${id}-said`}
          value={text}
          spellCheck={false}
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the page exists to ask this
          autoFocus
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
      </div>
      {hits.length > 0 && (
        <div className="picker-list" id={`${id}-list`} role="listbox" aria-label="People found">
          {hits.map((hit, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and handles the keys
            <div
              key={hit.ref.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              className="palette-item"
              onMouseMove={() => setAt(index)}
              onClick={() => onPick(hit.ref.id)}
            >
              <Icon name="identities" />
              <span className="ell">
                <bdi className="b">{hit.ref.name}</bdi>{" "}
                <span className="mono t3">{[hit.login, hit.detail].filter(Boolean).join(" · ")}</span>
              </span>
              <span className="grow" />
              <span className="sm t3 nw">{hit.source}</span>
            </div>
          ))}
        </div>
      )}
      <p className="help" id={`${id}-said`} aria-live="polite">
        {found.isError ? (
          <span className="c-danger">
            {problemOf(found.error).detail} {problemOf(found.error).remedy}
          </span>
        ) : slow && found.isFetching ? (
          "searching"
        ) : asked && settled && hits.length === 0 ? (
          `Nobody fits “${asked}”. Service and shared accounts have no person behind them.`
        ) : hits.length > 0 ? (
          <>
            <Kbd keys="ArrowUp" /> <Kbd keys="ArrowDown" /> move, <Kbd keys="Enter" /> picks
          </>
        ) : (
          "Name, login, mail, DN, SID, employee number or phone: paste anything."
        )}
      </p>
    </div>
  );
}
