import { type ReactNode, useEffect } from "react";
import { Icon } from "./Icon";

/** The head of a page: an optional crumb, the title once, what belongs beside it, acts at the right. */
export function PageHead({
  title,
  crumb,
  beside,
  acts,
}: {
  title: string;
  /** Links above the title: where this page hangs. */
  crumb?: ReactNode;
  beside?: ReactNode;
  acts?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Gatehouse`;
  }, [title]);
  const line = (
    <>
      <h1 title={title}>
        <bdi>{title}</bdi>
      </h1>
      {beside}
    </>
  );
  return (
    <div className={crumb ? "head crumbed" : "head"}>
      {crumb ? (
        <div className="headline">
          <div className="crumb">{crumb} /</div>
          <div className="row" style={{ gap: 12 }}>
            {line}
          </div>
        </div>
      ) : (
        line
      )}
      <span className="grow" />
      {acts}
    </div>
  );
}

/** A list with its inspector at the right. */
export function Split({ children, inspector }: { children: ReactNode; inspector?: ReactNode }) {
  return (
    <div className={inspector ? "split open" : "split"}>
      {children}
      {inspector}
    </div>
  );
}

/** The part of a page that scrolls. */
export function Scroll({ children, label }: { children: ReactNode; label: string }) {
  return (
    <section className="scroll" data-pane="page" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** A title and a hairline, no box. `beside` in grey after the title, `aside` at the right. */
export function Section({
  title,
  beside,
  aside,
  top = true,
  children,
}: {
  title: ReactNode;
  beside?: ReactNode;
  aside?: ReactNode;
  /** Whether a hairline parts it from what is above. */
  top?: boolean;
  children?: ReactNode;
}) {
  return (
    <section className={top ? "sec" : "sec open-top"}>
      <header>
        <h2>{title}</h2>
        {beside && <span className="t2">{beside}</span>}
        <span className="grow" />
        {aside}
      </header>
      {children}
    </section>
  );
}

/** The one framed thing of a page: what to act on first. */
export function Card({
  title,
  beside,
  aside,
  children,
}: {
  title: ReactNode;
  beside?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {beside && <span className="t2">{beside}</span>}
        <span className="grow" />
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A line across the page: held, partial, stale, with a way in. */
export function Band({ tone, children }: { tone?: "warn" | "danger"; children: ReactNode }) {
  return (
    <div className={tone ? `band ${tone}` : "band"} role={tone ? "status" : undefined}>
      {tone && <Icon name="warning" className="s" />}
      {children}
    </div>
  );
}

/** A coloured edge beside a remark. */
export function Note({ tone, children }: { tone?: "warn" | "danger" | "ok"; children: ReactNode }) {
  return <div className={tone ? `note ${tone}` : "note"}>{children}</div>;
}
