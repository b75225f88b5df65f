import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useDelayed } from "../../lib/delayed";
import { SelectField } from "../../ui/Field";
import { peopleNamedQuery } from "./links";

/** Names one person: by name, login, mail or employee number. */
export function PersonField({
  label,
  help,
  value,
  name,
  except,
  optional = false,
  onChange,
}: {
  label: string;
  help?: string;
  /** The identity's id; empty for nobody. */
  value: string;
  /** What it is called, if it was chosen before. */
  name?: string;
  /** An identity that cannot be chosen. */
  except?: string;
  optional?: boolean;
  onChange(id: string): void;
}) {
  const [text, setText] = useState(name ?? "");
  const found = useQuery(peopleNamedQuery(useSettled(text)));
  const data = (found.data?.items ?? [])
    .filter((person) => person.id !== except)
    .map((person) => ({ value: person.id, label: `${person.name} · ${person.login}` }));
  if (value && name && !data.some((choice) => choice.value === value)) data.unshift({ value, label: name });
  return (
    <SelectField
      label={label}
      {...(help && { help })}
      optional={optional}
      placeholder="Name, login, mail or employee number"
      searchable
      clearable={optional}
      data={data}
      value={value || null}
      onChange={(next) => onChange(next ?? "")}
      onSearchChange={setText}
      filter={({ options }) => options}
      nothingFoundMessage={
        text.length > 1 && !found.isFetching ? `Nobody fits “${text}”.` : "Type to search."
      }
    />
  );
}

/** A text once it was left alone for a moment. */
function useSettled(text: string): string {
  const trimmed = text.split(" · ")[0]?.trim() ?? "";
  const settled = useDelayed(150, trimmed);
  return settled ? trimmed : "";
}
