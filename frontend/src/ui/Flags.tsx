import { flagText, isRisky } from "../lib/flags";
import { Tag } from "./Tag";

/** What a directory notes about an object, each in words. */
export function Flags({ flags }: { flags: string[] }) {
  return (
    <span className="row" style={{ flexWrap: "wrap", gap: 4 }}>
      {flags.map((flag) => (
        <Tag key={flag} {...(isRisky(flag) && { tone: "warn" as const })}>
          {flagText(flag)}
        </Tag>
      ))}
    </span>
  );
}
