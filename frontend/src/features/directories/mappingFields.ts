import type { Mapping } from "./draft";

export interface MappingField {
  id: keyof Mapping;
  label: string;
  help: string;
  /** What it means in a directory of one kind, where that is something else. */
  helpOf?: Record<string, string>;
  /** Without it nothing can be read. */
  needed?: boolean;
}

/** Every field of a mapping, in the order in which one thinks about them. */
export const mappingSections: { title: string; beside: string; fields: MappingField[] }[] = [
  {
    title: "Which entries",
    beside: "as the server's schema suggests",
    fields: [
      {
        id: "userFilter",
        label: "Accounts",
        help: "LDAP filter of the entries that are accounts.",
        needed: true,
      },
      {
        id: "groupFilter",
        label: "Groups",
        help: "LDAP filter of the entries that are groups.",
        needed: true,
      },
      { id: "groupName", label: "Name of a group", help: "Attribute a group is called by.", needed: true },
    ],
  },
  {
    title: "Who an account is",
    beside: "attribute names; an empty field means the directory has none, and says not supported",
    fields: [
      { id: "login", label: "Login", help: "What one types to sign in.", needed: true },
      { id: "name", label: "Name", help: "As people read it.", needed: true },
      { id: "givenName", label: "Given name", help: "" },
      { id: "surname", label: "Surname", help: "" },
      {
        id: "employeeNumber",
        label: "Employee number",
        help: "Accounts with the same one are one identity.",
      },
      { id: "employeeType", label: "Employee type", help: "Such as employee, intern or contractor." },
      { id: "mail", label: "Mail", help: "Kept without history." },
      { id: "phone", label: "Phone", help: "Kept without history." },
      { id: "department", label: "Department", help: "" },
      { id: "title", label: "Job title", help: "" },
      { id: "location", label: "Location", help: "" },
      { id: "manager", label: "Manager", help: "Holds the manager's distinguished name." },
      { id: "owner", label: "Owner", help: "Of service and shared accounts, and of groups." },
    ],
  },
  {
    title: "Since when and until when",
    beside: "what findings about leavers and dormant accounts stand on",
    fields: [
      { id: "endDate", label: "End date", help: "When the person leaves." },
      {
        id: "lastSignIn",
        label: "Last sign-in",
        help: "Needs an overlay or policy that writes it.",
        helpOf: { ad: "Replicated 9 to 14 days late." },
      },
    ],
  },
  {
    title: "Sorts of account, and power",
    beside: "one a line",
    fields: [
      { id: "service", label: "Service accounts", help: "A branch (ou=service) or an employee type." },
      { id: "shared", label: "Shared accounts", help: "A branch (ou=shared) or an employee type." },
      { id: "privileged", label: "Privileged groups", help: "Names of groups that give power over others." },
    ],
  },
];
