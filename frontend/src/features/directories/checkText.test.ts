import { describe, expect, it } from "vitest";
import { copyLabel, partsOf } from "./checkText";

describe("what a directory stores in a sentence", () => {
  const stored = (text: string) => partsOf(text).filter((_, at) => at % 2 === 1);
  it.each([
    ["ldap2.bergen.halden.example is 10.40.2.17", ["ldap2.bergen.halden.example", "10.40.2.17"]],
    ["636 answers in 11 ms, TLS 1.3", []],
    ["cn=read,ou=service,dc=example, simple", ["cn=read,ou=service,dc=example"]],
    ["dc=example, 431 accounts, stable ids by entryUUID", ["dc=example", "entryUUID"]],
    ["pwdAccountLockedTime is not readable: lock state will say not collected", ["pwdAccountLockedTime"]],
    ["No account fits (objectClass=person) at or below dc=x.", ["(objectClass=person)", "dc=x."]],
    ["signed by Halden Internal CA G2; valid to 2 Sep 2026", []],
    ["OpenLDAP, StartTLS, Gatehouse", []],
  ])("%s", (text, found) => {
    expect(stored(text)).toEqual(found);
    expect(partsOf(text).join("")).toBe(text);
  });
});

describe("copyLabel", () => {
  it.each([
    ['changetype: modify\nadd: olcAccess\nolcAccess: {0}to attrs="x"', "Copy olcAccess"],
    ["olcLimits: users size=unlimited", "Copy olcLimits"],
    ["openssl x509 -noout", "Copy text"],
  ])("of %j is %s", (text, label) => {
    expect(copyLabel(text)).toBe(label);
  });
});
