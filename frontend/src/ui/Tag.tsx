import type { ReactNode } from "react";

/** A small framed word: privileged, service. */
export function Tag({ tone, children }: { tone?: "warn" | "danger" | "accent"; children: ReactNode }) {
  return <span className={tone ? `tag ${tone}` : "tag"}>{children}</span>;
}
