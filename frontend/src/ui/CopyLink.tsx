import { useEffect, useState } from "react";

/** Copies text, looking like a link: for rows, where a button would be too loud. */
export function CopyLink({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <button
      type="button"
      className="why"
      title={text}
      onClick={() =>
        navigator.clipboard.writeText(text).then(
          () => setState("done"),
          () => setState("failed"),
        )
      }
    >
      <span aria-live="polite">{{ idle: label, done: "Copied", failed: "Not copied" }[state]}</span>
    </button>
  );
}
