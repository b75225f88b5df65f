import { useElementSize } from "@mantine/hooks";
import { Fragment } from "react";
import type { Ref } from "../lib/entity";
import { fitPath, pathLine } from "../lib/path";
import { EntityLink } from "./Links";

// Width of one character of the mono face at 12 px, with its letter spacing.
const character = 7.08;

/**
 * A path in one line, names joined by ›. When it does not fit it loses its beginning, never its end, and is whole
 * in the tooltip. `wrap` shows all of it on as many lines as it takes.
 */
export function PathText({ path, wrap }: { path: Pick<Ref, "kind" | "id" | "name">[]; wrap?: boolean }) {
  const { ref, width } = useElementSize();
  const names = path.map((step) => step.name);
  const fitted = wrap || width === 0 ? { names, dropped: 0 } : fitPath(names, width / character);
  return (
    <span
      ref={ref}
      className={wrap ? "path mono many" : "path full mono"}
      title={fitted.dropped > 0 ? pathLine(names) : undefined}
    >
      {fitted.dropped > 0 && <span className="t3">…</span>}
      {path.slice(fitted.dropped).map((step, at) => (
        <Fragment key={step.id}>
          {(at > 0 || fitted.dropped > 0) && <i aria-hidden="true">›</i>}
          <EntityLink entity={step} />
        </Fragment>
      ))}
    </span>
  );
}
