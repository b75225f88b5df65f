import { useNow } from "../../lib/clock";
import { dayClockText } from "../../lib/moment";
import { Pick } from "../../ui/Pick";
import { Segmented } from "../../ui/Segmented";
import { type DifferenceAddress, numberOf, type Read, type SpanKind } from "./queries";

const spans: { value: SpanKind; label: string }[] = [
  { value: "d1", label: "Since yesterday" },
  { value: "d7", label: "7 days" },
  { value: "d30", label: "30 days" },
  { value: "dates", label: "Two dates" },
  { value: "reads", label: "Two reads" },
];

const sinceFirst = { value: "first" as const, label: "Since the first read" };

/** Chooses the two moments, and the source. */
export function Span({
  address,
  span: value,
  first,
  moments,
  reads,
  sources,
  onChange,
}: {
  address: DifferenceAddress;
  /** What the address asks for. */
  span: SpanKind;
  /** Whether the time since the first read is a span of its own. */
  first: boolean;
  moments: { from: string; to?: string } | undefined;
  reads: Read[];
  sources: { id: string; name: string }[];
  onChange(patch: Partial<DifferenceAddress>): void;
}) {
  const now = useNow();
  const today = now.toISOString().slice(0, 10);
  const choose = (next: SpanKind) => {
    const nothing = { from: undefined, to: undefined, span: undefined, open: undefined };
    const day = moments?.from.startsWith("#") ? undefined : moments?.from.slice(0, 10);
    onChange(next === "dates" ? { ...nothing, from: day ?? today } : { ...nothing, span: next });
  };
  const readText = (read: Read) =>
    `${dayClockText(new Date(read.at), now)}, ${read.source.name}, event ${read.seq}`;
  const choices = reads.toReversed().map((read) => ({ value: numberOf(read) ?? "", label: readText(read) }));
  const other = [moments?.from, moments?.to].filter((each) => each && !choices.some((c) => c.value === each));
  for (const each of other) choices.push({ value: each ?? "", label: `event ${each?.slice(1)}` });
  return (
    <div className="row pad" style={{ flexWrap: "wrap", gap: 8, paddingBlock: 8, alignItems: "center" }}>
      <Segmented
        label="Between"
        value={value}
        choices={first ? [sinceFirst, ...spans] : spans}
        onChange={choose}
        small
      />
      {value === "dates" && (
        <>
          <input
            type="date"
            className="chip-input date"
            aria-label="From the end of, UTC"
            max={today}
            value={address.from?.slice(0, 10) ?? ""}
            onChange={(event) => onChange({ from: event.currentTarget.value || undefined, open: undefined })}
          />
          <span className="t2">to</span>
          <input
            type="date"
            className="chip-input date"
            aria-label="To the end of, UTC; empty: now"
            max={today}
            value={address.to?.slice(0, 10) ?? ""}
            onChange={(event) => onChange({ to: event.currentTarget.value || undefined, open: undefined })}
          />
          <span className="sm t2">ends of days, UTC{address.to ? "" : "; now"}</span>
        </>
      )}
      {value === "reads" && moments && (
        <>
          <Pick
            label="After the read"
            heard
            choices={choices}
            value={moments.from}
            onChange={(from) => onChange({ span: "reads", from, to: moments.to, open: undefined })}
          />
          <span className="t2">to</span>
          <Pick
            label="To the read"
            heard
            choices={choices}
            value={moments.to ?? ""}
            onChange={(to) => onChange({ span: "reads", from: moments.from, to, open: undefined })}
          />
        </>
      )}
      <span className="grow" />
      {sources.length > 1 && (
        <Pick
          label="Source"
          heard
          none="All sources"
          choices={sources.map(({ id, name }) => ({ value: id, label: name }))}
          value={address.source ?? ""}
          onChange={(source) => onChange({ source, open: undefined })}
        />
      )}
    </div>
  );
}
