import { useMutation } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { api, dataOf } from "../../api/client";
import { bodyOf, type CheckReport, type Draft } from "./draft";

/** The check of a draft. While a new one is under way the last report stays. */
export interface Check {
  report: CheckReport | undefined;
  pending: boolean;
  /** Why there is no answer; a check that was cancelled is no error. */
  error: unknown;
  run(draft: Draft): void;
  cancel(): void;
  /** Throws the report away: it was about something else. */
  forget(): void;
}

/** Checks drafts one at a time; a newer check takes the place of one that is under way. */
export function useCheck(onReport: (report: CheckReport, asked: Draft) => void): Check {
  const [report, setReport] = useState<CheckReport>();
  const stop = useRef<AbortController>(undefined);
  const { mutate, reset, isPending, error } = useMutation({
    mutationFn: (draft: Draft) => {
      stop.current?.abort();
      stop.current = new AbortController();
      return dataOf(api.POST("/sources/check", { body: bodyOf(draft), signal: stop.current.signal }));
    },
  });
  const run = useCallback(
    (draft: Draft) =>
      mutate(draft, {
        onSuccess: (answer) => {
          setReport(answer);
          onReport(answer, draft);
        },
      }),
    [mutate, onReport],
  );
  const cancel = useCallback(() => {
    stop.current?.abort();
    reset();
  }, [reset]);
  const forget = useCallback(() => {
    cancel();
    setReport(undefined);
  }, [cancel]);
  return { report, pending: isPending, error, run, cancel, forget };
}
