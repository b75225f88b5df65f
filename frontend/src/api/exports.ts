import { useEffect, useRef, useState } from "react";
import { api, dataOf, type Schema } from "./client";
import { saveExport } from "./native";

export type Export = Schema<"Export">;

/** How a file in the making stands: the newest the server said of it, or why it failed. */
export interface Making {
  file?: Export;
  error?: unknown;
  busy: boolean;
  /** Asks for a file and hands it over once it is written. */
  start(ask: () => Promise<Export>): void;
  /** Stops the writing; nothing is left behind. */
  cancel(): void;
  forget(): void;
}

/**
 * A file that takes its time: asked for, watched while it is written, saved where the operator wants it. Leaving the
 * page gives up watching, not the file; it is kept for an hour.
 */
export function useExport(): Making {
  const [file, setFile] = useState<Export>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const watched = useRef<AbortController>(undefined);
  useEffect(() => () => watched.current?.abort(), []);

  const start = async (ask: () => Promise<Export>) => {
    watched.current?.abort();
    const watch = new AbortController();
    watched.current = watch;
    setBusy(true);
    setError(undefined);
    setFile(undefined);
    try {
      let now = await ask();
      while (now.state === "writing" && !watch.signal.aborted) {
        setFile(now);
        now = await dataOf(
          api.GET("/exports/{id}", {
            signal: watch.signal,
            params: { path: { id: now.id }, query: { wait: "1s" } },
          }),
        );
      }
      if (watch.signal.aborted) return;
      setFile(now);
      if (now.state === "failed") setError(new Error(now.error));
      if (now.state === "ready" && !(await saveExport(now.id))) setFile(undefined);
    } catch (thrown) {
      if (!watch.signal.aborted) setError(thrown);
    } finally {
      if (watched.current === watch) setBusy(false);
    }
  };
  const stop = () => {
    watched.current?.abort();
    setBusy(false);
  };
  return {
    ...(file && { file }),
    ...(error !== undefined && { error }),
    busy,
    start: (ask) => void start(ask),
    cancel: () => {
      stop();
      if (file) void api.DELETE("/exports/{id}", { params: { path: { id: file.id } } });
      setFile(undefined);
    },
    forget: () => {
      stop();
      setFile(undefined);
      setError(undefined);
    },
  };
}
