import { useEffect, useState } from "react";
import { Button } from "./Button";

/** Copies text and says so for two seconds. */
export function CopyButton({
  text,
  label = "Copy",
  iconOnly,
}: {
  text: string | (() => string);
  label?: string;
  iconOnly?: boolean;
}) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    navigator.clipboard.writeText(typeof text === "string" ? text : text()).then(
      () => setState("done"),
      () => setState("failed"),
    );
  const words = { idle: label, done: "Copied", failed: "Not copied: select it instead" }[state];
  return (
    <Button
      size="sm"
      icon={state === "done" ? "check" : "copy"}
      onClick={() => void copy()}
      {...(iconOnly ? { "aria-label": words, title: words, look: "ghost" as const } : {})}
    >
      {iconOnly ? undefined : <span aria-live="polite">{words}</span>}
    </Button>
  );
}

/** What a directory stores or a person runs, in mono, with a copy button. `lines` keeps long lines and scrolls. */
export function CodeBlock({ text, lines, label }: { text: string; lines?: boolean; label: string }) {
  return (
    <pre className={lines ? "code lines" : "code"} tabIndex={0} role="region" aria-label={label}>
      {text}
      <CopyButton text={text} iconOnly />
    </pre>
  );
}
