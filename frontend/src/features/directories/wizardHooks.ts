import { useBlocker } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/** Asks before the page is left, but only while there is something to lose. */
export function useLeaving(touched: boolean): { asked: boolean; leave(): void; stay(): void } {
  const blocker = useBlocker({
    shouldBlockFn: () => touched,
    enableBeforeUnload: touched,
    withResolver: true,
  });
  return {
    asked: blocker.status === "blocked",
    leave: () => blocker.proceed?.(),
    stay: () => blocker.reset?.(),
  };
}

/** Puts the focus on the first field of a step when the step comes. */
export function useFocusOn(step: string) {
  const content = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the step is what moves the focus
  useEffect(() => {
    const fields = "input:not([type=radio]), input[type=radio]:checked, textarea, [tabindex='0']";
    (content.current?.querySelector<HTMLElement>(fields) ?? content.current)?.focus();
  }, [step]);
  return content;
}
