import type { Schema } from "../../api/client";
import { EntityLink } from "../../ui/Links";

type Row = Schema<"FindingEvidence">;

/** The rows a finding rests on; what stands under one label has it once. */
export function Evidence({ rows }: { rows: Row[] }) {
  return (
    <ul className="rests">
      {rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows of one finding have no name of their own and never move
        <li key={at}>
          {row.label !== rows[at - 1]?.label && <div className="t3">{row.label}</div>}
          {row.ref ? <EntityLink entity={row.ref} /> : <div className="mono wrap">{row.value}</div>}
          {row.found !== undefined && <Missed told={row.told} found={row.found} />}
        </li>
      ))}
    </ul>
  );
}

/** What the reads of changes had said of a row, and what the full read says. */
function Missed({ told, found }: { told: string | undefined; found: string }) {
  return (
    <>
      <div className="t2 wrap">Changes said: {told}</div>
      <div className="wrap">Full read: {found}</div>
    </>
  );
}
