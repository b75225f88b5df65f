import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { z } from "zod";

/**
 * The state of a page that lives in its address, so that every view can be linked: sort, filters, the open row.
 * The schema gives every field a fallback (`.catch`), because anyone may write an address by hand. Setting merges
 * and, by default, adds no step to the history.
 */
export function useAddress<S extends z.ZodType<Record<string, unknown>>>(
  schema: S,
): [z.output<S>, (patch: Partial<z.output<S>>, options?: { push?: boolean }) => void] {
  const raw = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const set = useCallback(
    (patch: Partial<z.output<S>>, options?: { push?: boolean }) => {
      void navigate({
        to: ".",
        search: (old: Record<string, unknown>) => ({ ...old, ...patch }),
        replace: !options?.push,
      });
    },
    [navigate],
  );
  return [schema.parse(raw), set];
}

/** A parameter of the address's path, such as the id of the record a page is about. */
export function useParam(name: string): string {
  const params = useParams({ strict: false }) as Record<string, string | undefined>;
  return params[name] ?? "";
}

/** Goes to a path of the console, for acts that are not links (Enter on a row). */
export function useGo(): (path: string, search?: Record<string, string | undefined>) => void {
  const navigate = useNavigate();
  return useCallback((path, search) => void navigate({ to: path, search: () => search ?? {} }), [navigate]);
}
