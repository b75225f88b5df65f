import { useEffect, useState } from "react";

/** False at first, true after `ms`; `key` starts it anew. */
export function useDelayed(ms: number, key: unknown = null): boolean {
  const [passed, setPassed] = useState<{ key: unknown } | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setPassed({ key }), ms);
    return () => clearTimeout(timer);
  }, [ms, key]);
  return passed !== null && passed.key === key;
}
