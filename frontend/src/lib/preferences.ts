import { useSyncExternalStore } from "react";
import { keyMap } from "./keys";

const name = "gatehouse-letter-keys";
const listeners = new Set<() => void>();

function stored(): boolean {
  try {
    return localStorage.getItem(name) !== "off";
  } catch {
    return true; // storage is closed to this page: the default holds
  }
}
keyMap.letters = stored();

/** Whether single letters act as keys, and how to change it; kept on this computer. */
export function useLetterKeys(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => keyMap.letters,
  );
  return [
    on,
    (next) => {
      keyMap.letters = next;
      try {
        localStorage.setItem(name, next ? "on" : "off");
      } catch {
        // it holds until the page is closed
      }
      for (const listener of listeners) listener();
    },
  ];
}
