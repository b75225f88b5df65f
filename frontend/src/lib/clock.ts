import { useSyncExternalStore } from "react";

// One timer for every age on the page.
const listeners = new Set<() => void>();
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, 20_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present time, renewed every 20 seconds, so that ages stay true while a page stands open. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => {
    if (!timer && Date.now() - now.getTime() > 20_000) now = new Date();
    return now;
  });
}
