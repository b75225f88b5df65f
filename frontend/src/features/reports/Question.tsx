import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useNow } from "../../lib/clock";
import { Pick } from "../../ui/Pick";
import { FindingFilters } from "./FindingFilters";
import { campaignsQuery, type Report, type ReportAddress, sourcesQuery } from "./queries";

/** What a report is asked: for which day or days, of which source or review. */
export function Question({
  report,
  address,
  onChange,
  busy,
}: {
  report: Report;
  address: ReportAddress;
  onChange(patch: Partial<ReportAddress>): void;
  busy: boolean;
}) {
  const sources = useQuery({ ...sourcesQuery, enabled: !report.review });
  const campaigns = useQuery({ ...campaignsQuery, enabled: report.review });
  return (
    <div className="chips tall">
      {report.review ? (
        <Pick
          label="Review"
          value={address.review ?? ""}
          choices={(campaigns.data?.items ?? []).map(({ id, name, state }) => ({
            value: id,
            label: `${name}, ${state}`,
          }))}
          none={campaigns.data?.items.length === 0 ? "there is none yet" : "choose one"}
          onChange={(review) => onChange({ review })}
        />
      ) : report.period ? (
        <>
          <Day label="From" value={address.from} onChange={(from) => onChange({ from })} />
          <Day label="To" value={address.to} none="now" onChange={(to) => onChange({ to })} />
        </>
      ) : report.now ? (
        <span className="sm t2">As of now: it keeps no history.</span>
      ) : (
        <Day
          label="As of the end of"
          value={address.asOf}
          none="now"
          onChange={(asOf) => onChange({ asOf })}
        />
      )}
      {!report.review && (sources.data?.length ?? 0) > 1 && (
        <Pick
          label="Source"
          value={address.source ?? ""}
          choices={(sources.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          none="all"
          onChange={(source) => onChange({ source })}
        />
      )}
      {report.narrows && <FindingFilters address={address} onChange={onChange} />}
      <span className="grow" />
      <span className="sm t3" aria-live="polite">
        {busy && "asking"}
      </span>
    </div>
  );
}

/** A day of the calendar in UTC; the address may hold a time as well, which is shown as it stands. */
function Day({
  label,
  value,
  none,
  onChange,
}: {
  label: string;
  value: string | undefined;
  /** What no day means; without it a day is needed. */
  none?: string;
  onChange(value: string | undefined): void;
}) {
  const id = useId();
  const today = useNow().toISOString().slice(0, 10);
  const [text, setText] = useState(value?.slice(0, 10) ?? "");
  useEffect(() => setText(value?.slice(0, 10) ?? ""), [value]);
  const tell = (next: string) => next !== (value?.slice(0, 10) ?? "") && onChange(next || undefined);
  return (
    <span className="row" style={{ gap: 6 }}>
      <label htmlFor={id} className="sm t2 nw">
        {label}
      </label>
      <input
        id={id}
        type="date"
        className="chip-input date"
        max={today}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          // A year half typed is a year of the first century: wait for the rest.
          if (event.currentTarget.value === "" || event.currentTarget.value >= "1970")
            tell(event.currentTarget.value);
        }}
        onKeyDown={(event: KeyboardEvent<HTMLInputElement>) => event.key === "Enter" && tell(text)}
      />
      {!none ? null : value ? (
        <button type="button" className="sm link" onClick={() => onChange(undefined)}>
          {none}
        </button>
      ) : (
        <span className="sm t3">{none}</span>
      )}
    </span>
  );
}
