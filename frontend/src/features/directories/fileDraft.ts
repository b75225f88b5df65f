import type { Schema } from "../../api/client";
import { type CheckReport, checkGap, type Draft } from "./draft";

export type FileConfig = Schema<"FileConfig">;
export type Preview = Schema<"CheckPreview">;
export type Fault = Schema<"RowFault">;

/** What a column can mean, in the order in which one thinks about it. */
export const fileFields: { id: string; label: string }[] = [
  { id: "name", label: "Name" },
  { id: "givenName", label: "Given name" },
  { id: "surname", label: "Surname" },
  { id: "login", label: "Login" },
  { id: "mail", label: "Mail" },
  { id: "phone", label: "Phone" },
  { id: "employeeNumber", label: "Employee number" },
  { id: "employeeType", label: "Employee type" },
  { id: "department", label: "Department" },
  { id: "title", label: "Job title" },
  { id: "location", label: "Location" },
  { id: "manager", label: "Manager" },
  { id: "startDate", label: "Start date" },
  { id: "endDate", label: "End date" },
  { id: "status", label: "Status" },
  { id: "groups", label: "Groups" },
  { id: "description", label: "Description" },
];

/** The file of a draft; a new one has nothing but what the content will tell. */
export function fileOf(draft: Draft): FileConfig {
  return draft.config.file ?? {};
}

/** The draft with something else said about its file. */
export function withFile(draft: Draft, patch: Partial<FileConfig>): Draft {
  return { ...draft, config: { ...draft.config, file: { ...fileOf(draft), ...patch } } };
}

/** Another file in the place of the draft's. When changing a source, what its columns mean stays. */
export function withOther(draft: Draft, where: Pick<FileConfig, "path" | "upload" | "name">): Draft {
  const { path: _path, upload: _upload, name: _name, ...said } = fileOf(draft);
  return { ...draft, config: { ...draft.config, file: draft.source ? { ...said, ...where } : where } };
}

/** The draft whose column means this, and nothing else any more; an empty field means nothing. */
export function withColumn(draft: Draft, column: string, field: string): Draft {
  const columns = Object.fromEntries(
    Object.entries(fileOf(draft).columns ?? {}).filter(([id, of]) => of !== column && id !== field),
  );
  if (field) columns[field] = column;
  return withFile(draft, { columns });
}

/** What a column means; empty if nothing. */
export function meaningOf(file: FileConfig, column: string): string {
  return Object.entries(file.columns ?? {}).find(([, of]) => of === column)?.[0] ?? "";
}

/** What a file is called, without what comes before and after. */
export function titleOf(file: FileConfig): string {
  const name = file.name || (file.path ?? "").split(/[/\\]/).at(-1) || "";
  return name.replace(/\.(csv|txt|tsv|xlsx|xlsm|ldif|ldf)$/i, "");
}

/** Where a source is: the address of a server, or the name of a file. */
export function placeOf(source: { config: Schema<"SourceConfig"> }): string {
  const { file, url } = source.config;
  return file ? (file.path ?? file.name ?? "a file that was sent") : url;
}

/** Why one cannot go on from the choice of the file; undefined if one can. */
export function fileGap(draft: Draft, from: "upload" | "path"): string | undefined {
  const file = fileOf(draft);
  if (from === "upload") return file.upload ? undefined : "Choose the file first.";
  if (!file.path?.trim()) return "The path of the file is needed.";
  return undefined;
}

/** Why one cannot go on from the columns; undefined if one can. */
export function columnsGap(
  draft: Draft,
  report: CheckReport | undefined,
  pending: boolean,
): string | undefined {
  if (pending) return "The file is being read.";
  if (report?.preview && !fileOf(draft).keyColumn) return "Choose the key: a column that never changes.";
  return checkGap(report);
}

/** The faults as lines of a table, to be handed to whoever makes the export. */
export function faultsText(faults: readonly Fault[]): string {
  return [
    "Row\tColumn\tValue\tWhat is wrong",
    ...faults.map(({ row, column, value, text }) => [row, column, value, text].join("\t")),
    "",
  ].join("\n");
}
