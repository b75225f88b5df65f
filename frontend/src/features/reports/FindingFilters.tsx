import { useQuery } from "@tanstack/react-query";
import { Icon } from "../../ui/Icon";
import { Pick } from "../../ui/Pick";
import { checksQuery, type ReportAddress } from "./queries";

const asTheyAre = (words: string[]) => words.map((word) => ({ value: word, label: word }));
const states = asTheyAre(["open", "accepted"]);
const risks = asTheyAre(["critical", "high", "medium", "low"]);

/** What a report about findings is narrowed by: the filters of their list. */
export function FindingFilters({
  address,
  onChange,
}: {
  address: ReportAddress;
  onChange(patch: Partial<ReportAddress>): void;
}) {
  const checks = useQuery(checksQuery);
  return (
    <>
      <Pick
        label="State"
        value={address.state ?? ""}
        choices={states}
        none="all"
        onChange={(state) => onChange({ state: state as ReportAddress["state"] })}
      />
      <Pick
        label="Risk"
        value={address.risk ?? ""}
        choices={risks}
        none="all"
        onChange={(risk) => onChange({ risk: risk as ReportAddress["risk"] })}
      />
      <Pick
        label="Check"
        value={address.kind ?? ""}
        choices={(checks.data ?? []).map(({ kind, title }) => ({ value: kind, label: title }))}
        none="all"
        onChange={(kind) => onChange({ kind })}
      />
      {address.group && <Chip text="That reach one group" onRemove={() => onChange({ group: undefined })} />}
      {address.q && <Chip text={`With “${address.q}”`} onRemove={() => onChange({ q: undefined })} />}
    </>
  );
}

function Chip({ text, onRemove }: { text: string; onRemove(): void }) {
  return (
    <button type="button" className="chip on" onClick={onRemove}>
      {text} <Icon name="x" />
      <span className="sr-only">remove this filter</span>
    </button>
  );
}
