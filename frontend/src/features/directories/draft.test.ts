import { describe, expect, it } from "vitest";
import type { CheckReport, Draft } from "./draft";
import {
  addressGap,
  belowBase,
  bodyOf,
  checkGap,
  checkSummary,
  credentialsGap,
  emptyDraft,
  groupFingerprint,
  hostOf,
  isPlain,
  isTouched,
  socText,
  withProposals,
  withUrl,
} from "./draft";

const draft = (config: Partial<Draft["config"]>, rest: Partial<Draft> = {}): Draft => ({
  ...emptyDraft,
  ...rest,
  config: { ...emptyDraft.config, ...config },
});

const report = (states: [string, string?][], passed = false): CheckReport => ({
  checkedAt: "2026-03-10T14:31:52Z",
  tookMs: 1800,
  server: "OpenLDAP 2.6.8",
  passed,
  config: emptyDraft.config,
  results: states.map(([state, fingerprint]) => ({
    state: state as CheckReport["results"][number]["state"],
    step: "certificate",
    title: "Certificate",
    text: "",
    ...(fingerprint && { fingerprint }),
  })),
  samples: [],
  watchers: {
    account: "cn=r",
    from: "10.0.0.1",
    binds: "once",
    filters: ["(a=*)", "(b=*)"],
    volume: "1 MB",
    never: "writes",
  },
});

describe("the address", () => {
  it.each([
    ["", /address is needed/],
    ["   ", /address is needed/],
    ["ldap.example.com", /begins with ldaps/],
    ["https://ldap.example.com", /begins with ldaps/],
    ["ldaps://", /needs a host/],
    ["ldaps://:636", /needs a host/],
  ])("%o is not enough", (url, why) => {
    expect(addressGap(draft({ url }))).toMatch(why);
  });
  it.each(["ldaps://ldap.example.com", "LDAP://h:389", "ldap://[::1]:3890", "ldapi.example"])("%s", (url) => {
    expect(addressGap(draft({ url })) === undefined).toBe(url !== "ldapi.example");
  });
  it.each([
    ["ldaps://ldap.example.com:636/x", "ldap.example.com"],
    ["ldap://[::1]:389", "[::1]"],
    ["nonsense", ""],
  ])("the host of %s is %o", (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
  it("is plain only without TLS", () => {
    expect(isPlain(draft({ url: "ldap://h" }).config)).toBe(true);
    expect(isPlain(draft({ url: "ldap://h", startTls: true }).config)).toBe(false);
    expect(isPlain(draft({ url: "ldaps://h" }).config)).toBe(false);
  });
});

describe("the credentials", () => {
  it("need a name and a password, unless anonymous", () => {
    expect(credentialsGap(draft({}))).toMatch(/distinguished name/);
    expect(credentialsGap(draft({ bindDn: "cn=r" }))).toMatch(/password/);
    expect(credentialsGap(draft({ bindDn: "cn=r" }, { secret: "s" }))).toBeUndefined();
    expect(credentialsGap(draft({}, { anonymous: true }))).toBeUndefined();
  });
  it("need no new password where one is stored", () => {
    expect(
      credentialsGap(draft({ bindDn: "cn=r" }, { source: { id: "1", hasSecret: true } })),
    ).toBeUndefined();
    expect(credentialsGap(draft({ bindDn: "cn=r" }, { source: { id: "1", hasSecret: false } }))).toMatch(
      /password/,
    );
  });
});

describe("the body", () => {
  it("names the source after its host when nobody did", () => {
    expect(bodyOf(draft({ url: " ldaps://ldap.example.com " })).name).toBe("ldap.example.com");
    expect(bodyOf(draft({ url: "ldaps://h" }, { name: "HQ" })).name).toBe("HQ");
  });
  it("carries neither account nor password for an anonymous bind", () => {
    const body = bodyOf(draft({ url: "ldap://h", bindDn: "cn=r" }, { secret: "s", anonymous: true }));
    expect(body).not.toHaveProperty("secret");
    expect(body.config).not.toHaveProperty("bindDn");
  });
  it("leaves out lines that are empty", () => {
    const mapping = { ...emptyDraft.config.mapping, privileged: ["Administrators", " ", " Domain Admins "] };
    expect(bodyOf(draft({ mapping })).config.mapping.privileged).toEqual(["Administrators", "Domain Admins"]);
  });
  it("leaves out an empty password, so that the stored one is kept", () => {
    const body = bodyOf(draft({ url: "ldap://h", bindDn: "cn=r" }, { source: { id: "9", hasSecret: true } }));
    expect(body).not.toHaveProperty("secret");
    expect(body.sourceId).toBe("9");
  });
});

describe("another address", () => {
  const proposed = withProposals(draft({ url: "ldaps://a", fingerprint: "AA" }), {
    ...emptyDraft.config,
    baseDn: "dc=a",
    mapping: { ...emptyDraft.config.mapping, login: "uid" },
  });
  it("forgets what the last server proposed and what was confirmed for it", () => {
    const { config } = withUrl(proposed, "ldaps://b");
    expect(config).toMatchObject({ url: "ldaps://b", baseDn: "" });
    expect(config.mapping.login).toBe("");
    expect(config).not.toHaveProperty("fingerprint");
  });
  it("keeps a base that was typed", () => {
    const typed = withProposals(draft({ url: "ldaps://a", baseDn: "ou=x" }), {
      ...emptyDraft.config,
      baseDn: "ou=x",
    });
    expect(withUrl(typed, "ldaps://b").config.baseDn).toBe("ou=x");
  });
  it("keeps the mapping of a source that moves", () => {
    const { config } = withUrl({ ...proposed, source: { id: "1", hasSecret: true } }, "ldaps://b");
    expect(config).toMatchObject({ baseDn: "dc=a", mapping: { login: "uid" } });
    expect(config).not.toHaveProperty("fingerprint");
  });
});

describe("the check", () => {
  it("holds until it answered, nothing failed and the fingerprint is confirmed", () => {
    expect(checkGap(undefined)).toMatch(/answer first/);
    expect(checkGap(report([["passed"], ["failed"]]))).toMatch(/Certificate failed/);
    expect(checkGap(report([["needsYou", "AA:BB"]]))).toMatch(/fingerprint/);
    expect(checkGap(report([["needsYou"]]))).toMatch(/needs you/);
    expect(checkGap(report([["passed"], ["missing"], ["tooMuch"]], true))).toBeUndefined();
  });
  it("counts its results in words", () => {
    const results: [string, string?][] = [
      ["passed"],
      ["passed"],
      ["needsYou"],
      ["missing"],
      ["missing"],
      ["tooMuch"],
    ];
    expect(checkSummary(report(results))).toBe("2 passed · 1 needs you · 2 rights missing · 1 excess right");
  });
  it("groups a fingerprint so that it can be compared", () => {
    expect(groupFingerprint("4F:1B:90:C7:2E:A8:55:0D:77")).toBe("4F:1B:90:C7 2E:A8:55:0D 77");
  });
  it("tells the watchers everything they will see", () => {
    const text = socText(report([]), "ldaps://h");
    for (const part of ["ldaps://h", "cn=r", "10.0.0.1", "(a=*)", "(b=*)", "1 MB", "writes"])
      expect(text).toContain(part);
  });
});

describe("belowBase", () => {
  it.each([
    ["uid=a,ou=people,dc=x", "dc=x", "uid=a,ou=people"],
    ["uid=a,ou=people,DC=X", "dc=x", "uid=a,ou=people"],
    ["uid=a,ou=people,dc=xx", "c=xx", "uid=a,ou=people,dc=xx"],
    ["dc=x", "dc=x", "dc=x"],
    ["uid=a", "", "uid=a"],
  ])("%s below %s is %s", (dn, base, text) => {
    expect(belowBase(dn, base)).toBe(text);
  });
});

describe("isTouched", () => {
  it("is true from the first letter typed, the password's too", () => {
    expect(isTouched(emptyDraft, emptyDraft)).toBe(false);
    expect(isTouched(draft({ url: "l" }), emptyDraft)).toBe(true);
    expect(isTouched(draft({}, { secret: "s" }), emptyDraft)).toBe(true);
  });
});
