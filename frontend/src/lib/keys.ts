import { useEffect, useRef, useSyncExternalStore } from "react";

/** One key of the console, as the key help lists it. */
export interface Key {
  /** "g", "/", "?", "F6", "Escape", "ArrowDown"; with "Ctrl+" before it for a chord (Cmd on macOS counts as Ctrl). */
  key: string;
  /** What it does, for the key help: "Search". */
  label: string;
  /** Heading in the key help: "Everywhere", "Lists". */
  scope: string;
  run(event: KeyboardEvent): void;
}

/** The part of an event the registry looks at. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "metaKey" | "altKey" | "repeat" | "target" | "defaultPrevented" | "preventDefault"
>;

/** True where letters are text: fields, editors, selects. */
export function isEditable(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** True inside what lies over the page: a dialog, a menu, an open list of choices. Its keys are its own. */
function isOverlay(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("[role=dialog], [role=menu], [aria-haspopup=listbox][aria-expanded=true]") !== null
  );
}

/**
 * The keys of the console. The key registered last wins, so a dialog's Escape comes before the page's. Single
 * characters are silent while a field has the focus or when the operator turned them off; chords and named keys
 * always work.
 */
export class KeyMap {
  #keys: Key[] = [];
  #listeners = new Set<() => void>();
  #list: Key[] = [];
  /** Whether single characters act at all. */
  letters = true;

  register(key: Key): () => void {
    this.#keys.push(key);
    this.#changed();
    return () => {
      this.#keys = this.#keys.filter((k) => k !== key);
      this.#changed();
    };
  }

  /** All keys registered now, for the key help. */
  list = (): Key[] => this.#list;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Runs the key that fits; true if one did. */
  press(event: KeyPress): boolean {
    if (event.defaultPrevented || event.altKey || isOverlay(event.target)) return false;
    const chord = event.ctrlKey || event.metaKey;
    const single = event.key.length === 1 && !chord;
    if (single && (!this.letters || isEditable(event.target))) return false;
    // In a field it takes back what was typed.
    if (chord && event.key.toLowerCase() === "z" && isEditable(event.target)) return false;
    const name = (chord ? "Ctrl+" : "") + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
    const found = this.#keys.findLast((k) => k.key.toLowerCase() === name.toLowerCase());
    if (!found) return false;
    event.preventDefault();
    // A key that is held down acts once; only the arrows walk on.
    if (!event.repeat || event.key.startsWith("Arrow")) found.run(event as KeyboardEvent);
    return true;
  }

  #changed(): void {
    this.#list = [...this.#keys];
    for (const listener of this.#listeners) listener();
  }
}

/** The console's one key map. */
export const keyMap = new KeyMap();

/** Registers a key while the component is shown and `when` holds. */
export function useKey(key: string, label: string, scope: string, run: () => void, when = true): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!when) return;
    return keyMap.register({ key, label, scope, run: () => latest.current() });
  }, [key, label, scope, when]);
}

/** The keys registered now. */
export function useKeys(): Key[] {
  return useSyncExternalStore(keyMap.subscribe, keyMap.list);
}
