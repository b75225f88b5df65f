import type { ReactNode } from "react";

export type Tone = "neutral" | "ok" | "warn" | "danger" | "accent" | "none";

/**
 * A dot and a word. `ok` is only for what is proven; `none` (hollow) means no, not yet or not known. `word` colours
 * the word as well, for findings.
 */
export function Status({
  tone = "neutral",
  word,
  small,
  title,
  children,
}: {
  tone?: Tone;
  word?: boolean;
  small?: boolean;
  title?: string;
  children: ReactNode;
}) {
  const names = [
    "st",
    tone !== "neutral" && tone,
    word && "word",
    small && "sm",
    tone === "none" && word && "unk",
  ];
  return (
    <span className={names.filter(Boolean).join(" ")} title={title}>
      {children}
    </span>
  );
}
