import { expect, it } from "vitest";
import type { Factor, IdentityFactors } from "./queries";
import { consequence } from "./RevokeFactor";

const factor = (id: string, name: string, state: Factor["state"] = "active"): Factor => ({
  id,
  name,
  state,
  kind: "totp",
  usedFor: "callers",
  identity: { kind: "identity", id: "7", name: "Devika Patel" },
  enrolledAt: "2026-03-10T13:32:06Z",
});
const phone = factor("1", "Fairphone, private");
const of = (left: number, ...factors: Factor[]): IdentityFactors => ({
  identity: phone.identity,
  factors,
  recoveryCodes: { of: 10, left },
  failures: 0,
  attemptsLeft: 5,
});

it("a pending one takes nothing from anybody", () => {
  expect(consequence(factor("1", "Fairphone", "pending"), of(0))).toMatch(
    /^It was never proven, so nobody loses/,
  );
});

it("with another one left, the person can still be verified with that", () => {
  expect(consequence(phone, of(7, phone, factor("2", "Yubikey"), factor("3", "Old", "revoked")))).toBe(
    "Codes of this factor are refused at once. Devika Patel can still be verified with Yubikey.",
  );
});

it("the last one takes the recovery codes with it", () => {
  expect(consequence(phone, of(7, phone))).toMatch(
    /nobody can verify Devika Patel .* 7 recovery codes end with it\.$/,
  );
  expect(consequence(phone, of(1, phone))).toMatch(/ 1 recovery code ends with it\.$/);
  expect(consequence(phone, of(0, phone))).not.toMatch(/recovery/);
});
