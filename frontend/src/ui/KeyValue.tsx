import { Fragment, type ReactNode } from "react";

export interface Fact {
  label: string;
  value: ReactNode;
  mono?: boolean;
  title?: string;
}

/** Facts in two columns, label and value. `wide` for a page, narrow for the inspector. */
export function KeyValue({ facts, wide }: { facts: (Fact | false | undefined)[]; wide?: boolean }) {
  return (
    <dl className={wide ? "kv wide" : "kv"}>
      {facts
        .filter((fact) => !!fact)
        .map((fact) => (
          <Fragment key={fact.label}>
            <dt>{fact.label}</dt>
            <dd className={fact.mono ? "mono" : undefined} title={fact.title}>
              {fact.value}
            </dd>
          </Fragment>
        ))}
    </dl>
  );
}
