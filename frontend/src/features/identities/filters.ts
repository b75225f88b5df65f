import type { Schema } from "../../api/client";
import type { Filter } from "../../ui/FilterBar";
import type { ListAddress } from "./queries";

const dormant = { value: "dormant", label: "dormant" };
const findings = [
  { value: "nestedPrivileged", label: "reaches a privileged group by nesting" },
  { value: "leaverActive", label: "leaver, account enabled" },
  dormant,
];
const accountFindings = [
  { value: "orphan", label: "orphan" },
  { value: "noOwner", label: "without owner" },
  dormant,
];
const allFindings = [...findings, ...accountFindings.filter((each) => each !== dormant)];

/** What the list can be narrowed by; people and accounts differ in a few. */
export function listFilters(type: ListAddress["type"], sources: Schema<"Source">[]): Filter[] {
  const choices = type === "person" ? findings : type === "account" ? allFindings : accountFindings;
  const filters: Filter[] = [
    { id: "finding", label: "Finding", choices },
    {
      id: "enabled",
      label: "Account",
      choices: [
        { value: "yes", label: "enabled" },
        { value: "no", label: "disabled" },
      ],
    },
    {
      id: "signIn",
      label: "Last sign-in",
      choices: [
        { value: "d7", label: "0 to 7 days ago" },
        { value: "d30", label: "8 to 30 days ago" },
        { value: "d75", label: "31 to 75 days ago" },
        { value: "d90", label: "76 to 90 days ago" },
        { value: "over90", label: "over 90 days ago" },
        { value: "never", label: "never" },
        { value: "notCollected", label: "not collected" },
        { value: "notSupported", label: "not supported" },
        { value: "unknown", label: "unknown" },
      ],
    },
  ];
  if (type === "person")
    filters.push({ id: "locked", label: "Lock", choices: [{ value: "yes", label: "locked" }] });
  if (sources.length > 1)
    filters.push({
      id: "source",
      label: "Source",
      choices: sources.map((source) => ({ value: source.id, label: source.name })),
    });
  return filters;
}
