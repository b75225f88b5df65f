import type { Schema } from "../../api/client";

export type Mapping = Required<Schema<"Mapping">>;
export type Config = Omit<Schema<"SourceConfig">, "mapping"> & { mapping: Mapping };
export type Kerberos = Schema<"Kerberos">;
export type CheckReport = Schema<"CheckReport">;

/** A directory being connected or changed. The password lives here and nowhere else, until it is saved. */
export interface Draft {
  kind: string;
  name: string;
  config: Config;
  secret: string;
  anonymous: boolean;
  /** The base the server proposed, empty while none was; a base that differs from it was typed. */
  proposedBase: string;
  /** When changing a source: which one, and whether a password of it is stored. */
  source?: { id: string; hasSecret: boolean };
}

/** A mapping that leaves everything to be proposed. */
export const nothing: Mapping = {
  userFilter: "",
  groupFilter: "",
  login: "",
  name: "",
  givenName: "",
  surname: "",
  mail: "",
  phone: "",
  employeeNumber: "",
  employeeType: "",
  department: "",
  title: "",
  location: "",
  manager: "",
  owner: "",
  endDate: "",
  lastSignIn: "",
  groupName: "",
  service: [],
  shared: [],
  privileged: [],
};

/** A mapping with every field, as the server may leave out lists that are empty. */
export function wholeMapping(mapping: Schema<"Mapping">): Mapping {
  return { ...nothing, ...mapping };
}

/** Where connecting a directory starts. */
export const emptyDraft: Draft = {
  kind: "ldap",
  name: "",
  config: { url: "", baseDn: "", mapping: nothing },
  secret: "",
  anonymous: false,
  proposedBase: "",
};

/** Where changing a source starts. */
export function draftOf(source: Schema<"Source">): Draft {
  return {
    kind: source.kind,
    name: source.name,
    config: { ...source.config, mapping: wholeMapping(source.config.mapping) },
    secret: "",
    anonymous: !source.config.bindDn,
    proposedBase: "",
    source: { id: source.id, hasSecret: source.hasSecret },
  };
}

/** The host of an LDAP address, for a name nobody typed. */
export function hostOf(url: string): string {
  return /^ldaps?:\/\/(\[[^\]]*\]|[^:/?#]*)/i.exec(url.trim())?.[1] ?? "";
}

/** Another kind signs in and maps in other ways: what belongs to the last one goes. */
export function withKind(draft: Draft, kind: string): Draft {
  const { auth: _, kerberos: __, ...config } = draft.config;
  return { ...draft, kind, anonymous: false, config: { ...config, mapping: nothing } };
}

/** Another address is another server: what was confirmed for or proposed by the last one goes. */
export function withUrl(draft: Draft, url: string): Draft {
  const { fingerprint: _, ...config } = draft.config;
  if (draft.source) return { ...draft, config: { ...config, url } };
  const baseDn = config.baseDn === draft.proposedBase ? "" : config.baseDn;
  return { ...draft, proposedBase: "", config: { ...config, url, baseDn, mapping: nothing } };
}

/** The draft with what the server proposed for the fields that were left empty. */
export function withProposals(draft: Draft, proposed: Schema<"SourceConfig">): Draft {
  const { baseDn } = proposed;
  const mapping = wholeMapping(proposed.mapping);
  const proposedBase = draft.config.baseDn.trim() ? draft.proposedBase : baseDn;
  return { ...draft, proposedBase, config: { ...draft.config, baseDn, mapping } };
}

const lines = (list: string[]) => list.map((line) => line.trim()).filter((line) => line !== "");

/** The body the server checks or saves. */
export function bodyOf(draft: Draft): Schema<"SourceDraft"> {
  const { bindDn, ...config } = draft.config;
  const { mapping, kerberos } = config;
  return {
    kind: draft.kind,
    name: draft.name.trim() || hostOf(draft.config.url),
    config: {
      ...config,
      url: config.url.trim(),
      baseDn: config.baseDn.trim(),
      mapping: {
        ...mapping,
        service: lines(mapping.service),
        shared: lines(mapping.shared),
        privileged: lines(mapping.privileged),
      },
      ...(kerberos && { kerberos: { ...kerberos, ...(kerberos.kdcs && { kdcs: lines(kerberos.kdcs) }) } }),
      ...(!draft.anonymous && bindDn && { bindDn: bindDn.trim() }),
    },
    ...(!draft.anonymous && draft.secret && { secret: draft.secret }),
    ...(draft.source && { sourceId: draft.source.id }),
  };
}

/** Why one cannot go on from the address; undefined if one can. */
export function addressGap(draft: Draft): string | undefined {
  const url = draft.config.url.trim();
  if (!url) return "An address is needed, such as ldaps://ldap.example.com.";
  if (!/^ldaps?:\/\//i.test(url)) return "The address begins with ldaps:// or ldap://.";
  if (!hostOf(url)) return "The address needs a host after the two slashes.";
  return undefined;
}

/** Why one cannot go on from the credentials; undefined if one can. */
export function credentialsGap(draft: Draft): string | undefined {
  const { kerberos } = draft.config;
  if (draft.kind === "ad" && draft.anonymous && !kerberos?.session)
    return "Active Directory shows strangers nothing: an account is needed.";
  if (draft.anonymous) return undefined;
  if (!draft.config.bindDn?.trim())
    return draft.kind === "ad"
      ? "The name of the bind account is needed."
      : "The distinguished name of the bind account is needed.";
  if (kerberos?.keytabFile !== undefined)
    return kerberos.keytabFile.trim() ? undefined : "The path of the keytab is needed.";
  if (!draft.secret && !draft.source?.hasSecret) return "The password of the bind account is needed.";
  return undefined;
}

/** Whether a password would cross the network unencrypted. */
export function isPlain(config: Schema<"SourceConfig">): boolean {
  return /^ldap:\/\//i.test(config.url.trim()) && !config.startTls;
}

/** Why one cannot go on from the check; undefined if one can. */
export function checkGap(report: CheckReport | undefined): string | undefined {
  if (!report) return "The check has to answer first.";
  const of = (state: string) => report.results.filter((result) => result.state === state);
  const failed = of("failed")[0];
  if (failed) return `${failed.title} failed. Go back and change it, or check again.`;
  if (of("needsYou").some((result) => result.fingerprint)) return "Confirm the fingerprint to go on.";
  if (!report.passed) return "Something above needs you before you can go on.";
  return undefined;
}

/** "5 passed · 1 needs you · 2 rights missing · 2 excess rights". */
export function checkSummary(report: CheckReport): string {
  const words = {
    passed: "passed",
    failed: "failed",
    needsYou: "needs you",
    missing: "rights missing",
    tooMuch: "excess rights",
    unknown: "unknown",
  };
  return (Object.keys(words) as (keyof typeof words)[])
    .map((state) => [report.results.filter((result) => result.state === state).length, words[state]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${count === 1 ? word.replace("rights", "right") : word}`)
    .join(" · ");
}

/** A certificate's fingerprint in groups of four bytes, so that it can be compared. */
export function groupFingerprint(fingerprint: string): string {
  return (fingerprint.match(/([0-9A-F]{2}:?){1,4}/gi) ?? []).map((part) => part.replace(/:$/, "")).join(" ");
}

/** A name below the base: without the base, which stands above the list. */
export function belowBase(dn: string, base: string): string {
  const tail = `,${base}`.toLowerCase();
  return base && dn.toLowerCase().endsWith(tail) ? dn.slice(0, -tail.length) : dn;
}

/** What the people who watch the directory should be told, as text. */
export function socText(report: CheckReport, url: string): string {
  const { watchers } = report;
  return [
    "Gatehouse will read a directory. It is read-only; please do not take it for reconnaissance.",
    "",
    `Directory: ${url}`,
    `Account:   ${watchers.account}`,
    `From:      ${watchers.from}`,
    `Binds:     ${watchers.binds}`,
    ...watchers.filters.map((filter, at) => `${at ? "          " : "Filters:  "} ${filter}`),
    `Volume:    ${watchers.volume}`,
    `Never:     ${watchers.never}`,
    "",
  ].join("\n");
}

/** Whether the two say the same; a password that was typed is a difference. */
export function isTouched(draft: Draft, start: Draft): boolean {
  return JSON.stringify(draft) !== JSON.stringify(start);
}

/** Whether a report is about this very mapping. */
export function isAsked(draft: Draft, report: CheckReport | undefined): boolean {
  if (!report) return false;
  const asked = wholeMapping(report.config.mapping);
  const said: Schema<"Mapping"> = bodyOf(draft).config.mapping;
  return (Object.keys(nothing) as (keyof Mapping)[]).every(
    (field) => [said[field]].flat().join("\n") === [asked[field]].flat().join("\n"),
  );
}
