import type { ReactNode } from "react";
import { useKey } from "../lib/keys";
import { Button } from "./Button";

/** The panel at the right of a list, about one of its rows. Esc closes it. */
export function Inspector({
  title,
  subtitle,
  acts,
  dock,
  onClose,
  children,
}: {
  title: string;
  subtitle?: ReactNode;
  /** Buttons beside the title, such as Open. */
  acts?: ReactNode;
  /** Acts that stay in sight at the foot. */
  dock?: ReactNode;
  onClose(): void;
  children: ReactNode;
}) {
  useKey("Escape", "Close the panel", "Lists", onClose);
  return (
    <aside className="insp" aria-label={title} data-pane="inspector" tabIndex={-1}>
      <div className="ihead">
        <div className="ititle">
          <h2 className="grow ell" title={title}>
            <bdi>{title}</bdi>
          </h2>
          {acts}
          <Button size="sm" look="ghost" icon="x" aria-label="Close" onClick={onClose} />
        </div>
        {subtitle && <div className="t2 ell">{subtitle}</div>}
      </div>
      <div className="ibody" tabIndex={0} role="group" aria-label={`About ${title}`}>
        {children}
      </div>
      {dock && <div className="dock">{dock}</div>}
    </aside>
  );
}

/** A part of the inspector; `tone` washes it for the worst finding. */
export function InspectorSection({
  title,
  aside,
  tone,
  children,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  tone?: "danger" | "warn" | undefined;
  children: ReactNode;
}) {
  return (
    <section className={tone}>
      {title && (
        <header>
          <h3>{title}</h3>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
