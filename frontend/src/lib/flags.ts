/** What the flags of an account or a group mean, for people. The words are those of the kinds of directory. */
const meanings: Record<string, { text: string; risky?: true }> = {
  adminCount: { text: "is or was in a protected group (adminCount)" },
  builtin: { text: "built in" },
  controller: { text: "domain controller" },
  critical: { text: "critical to the system" },
  delegation: { text: "trusted for unconstrained delegation", risky: true },
  desOnly: { text: "only DES keys", risky: true },
  distribution: { text: "distribution" },
  domainLocal: { text: "domain local" },
  global: { text: "global" },
  managedService: { text: "managed service account" },
  noPreauth: { text: "Kerberos without pre-authentication", risky: true },
  notDelegated: { text: "must not be delegated" },
  passwordNeverExpires: { text: "password never expires", risky: true },
  passwordNotRequired: { text: "password not required", risky: true },
  protocolTransition: { text: "may sign in for others (protocol transition)", risky: true },
  readOnlyController: { text: "read-only domain controller" },
  reversiblePassword: { text: "password can be read back", risky: true },
  security: { text: "security" },
  smartCardRequired: { text: "smart card required" },
  trust: { text: "stands for a trusted domain" },
  universal: { text: "universal" },
};

/** A flag in words; one that is not known is shown as it is. */
export function flagText(flag: string): string {
  return meanings[flag]?.text ?? flag;
}

/** Whether a flag is something to look into. */
export function isRisky(flag: string): boolean {
  return meanings[flag]?.risky ?? false;
}
