import { Kbd } from "../../ui/Kbd";

/** At the foot of the items: the keys that work, and what became of the last of them. */
export function ItemFoot({ note, deciding }: { note: string; deciding: boolean }) {
  const keys: [string[], string][] = [
    [["ArrowUp", "ArrowDown"], "move"],
    ...(deciding
      ? ([
          [["Space"], "select"],
          [["Shift", "ArrowDown"], "extend"],
        ] as [string[], string][])
      : []),
    [["w"], "why"],
    ...(deciding ? ([[["Ctrl+z"], "change of mind"]] as [string[], string][]) : []),
  ];
  return (
    <div className="foot">
      {keys.map(([caps, does]) => (
        <span key={does}>
          {caps.map((cap) => (
            <span key={cap}>
              <Kbd keys={cap} />{" "}
            </span>
          ))}
          {does}
        </span>
      ))}
      <span className="grow" />
      <span className="t2" aria-live="polite">
        {note}
      </span>
      <span>
        <Kbd keys="?" /> all keys
      </span>
    </div>
  );
}
