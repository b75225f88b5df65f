import { MultiSelect, Select } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import type { Ref } from "../lib/entity";

interface Found {
  found: Ref[];
  busy: boolean;
}

interface PickProps {
  label: ReactNode;
  help?: ReactNode;
  error?: ReactNode;
  optional?: boolean;
  /** Names the field where the label stands elsewhere. */
  ariaLabel?: string;
  /** Finds records for the text typed so far; none for no text. */
  useFound(search: string): Found;
  /** Offered before anything is typed. */
  first?: Ref[];
}

// Two records of one name are told apart by what stands beside it.
function asOption(ref: Ref): { value: string; label: string } {
  return { value: ref.id, label: ref.detail ? `${ref.name} · ${ref.detail}` : ref.name };
}

// The first of each stays: the label of what is picked may not change while something else is typed.
function unique(refs: Ref[]): Ref[] {
  const seen = new Map<string, Ref>();
  for (const ref of refs) if (!seen.has(ref.id)) seen.set(ref.id, ref);
  return [...seen.values()];
}

function labelOf({ label, optional }: Pick<PickProps, "label" | "optional">): ReactNode {
  return optional ? (
    <>
      {label} <span className="t3 nw">optional</span>
    </>
  ) : (
    label
  );
}

// Nothing is listed before something is typed: the first of many would mean nothing, and lie over the form.
function nothing(search: string, busy: boolean): string | undefined {
  if (search.trim() === "") return undefined;
  return busy ? "searching" : `Nothing fits "${search.trim()}".`;
}

const order: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];

/** Picks records by typing part of a name; each that is picked stands as a chip in the field. */
export function PickMany({
  value,
  onChange,
  useFound,
  ...props
}: PickProps & { value: Ref[]; onChange(picked: Ref[]): void }) {
  const [search, setSearch] = useState("");
  const { found, busy } = useFound(search);
  const known = useMemo(() => unique([...value, ...found]), [value, found]);
  return (
    <MultiSelect
      label={labelOf(props)}
      {...(!props.error && props.help && { description: props.help })}
      error={props.error}
      inputWrapperOrder={order}
      data={known.map(asOption)}
      value={value.map((ref) => ref.id)}
      onChange={(ids) => onChange(ids.flatMap((id) => known.find((ref) => ref.id === id) ?? []))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      clearSearchOnChange
      filter={({ options }) => options}
      hidePickedOptions
      nothingFoundMessage={nothing(search, busy)}
      maxDropdownHeight={280}
    />
  );
}

/** Picks one record by typing part of its name. */
export function PickOne({
  value,
  onChange,
  useFound,
  first = [],
  ariaLabel,
  compact,
  ...props
}: PickProps & { value: Ref | undefined; onChange(picked: Ref | undefined): void; compact?: boolean }) {
  const [search, setSearch] = useState("");
  // The field shows the name of what is picked; that is no question.
  const asked = value && search === asOption(value).label ? "" : search;
  const { found, busy } = useFound(asked);
  const known = unique([...(value ? [value] : []), ...(asked === "" ? first : []), ...found]);
  return (
    <Select
      label={labelOf(props)}
      {...(ariaLabel && { "aria-label": ariaLabel })}
      {...(!props.error && props.help && { description: props.help })}
      error={props.error}
      inputWrapperOrder={order}
      data={known.map(asOption)}
      value={value?.id ?? null}
      onChange={(id) => onChange(known.find((ref) => ref.id === id))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      clearable={Boolean(props.optional)}
      clearButtonProps={{ "aria-label": "Clear" }}
      allowDeselect={false}
      nothingFoundMessage={nothing(asked, busy)}
      maxDropdownHeight={280}
      checkIconPosition="right"
      {...(compact && { classNames: { root: "compact-pick" } })}
    />
  );
}
