import type { Schema } from "../../api/client";
import { useNow } from "../../lib/clock";
import { agoText, type Moment, unknownWord } from "../../lib/moment";
import { Status } from "../../ui/Status";
import { TriStatus } from "../../ui/TriStatus";

/** The states of an account, each by itself: enabled, locked, expiry of account and password, must change. */
export function AccountState({ account }: { account: Schema<"Account"> }) {
  const told: string[] = [
    account.enabled,
    account.locked,
    account.mustChange,
    account.passwordExpires.state,
    account.accountExpires.state,
  ];
  if (told.every((state) => state === "notSupported"))
    return (
      <Status tone="none" word>
        not supported: this source has no states of accounts
      </Status>
    );
  return (
    <div className="pair">
      <TriStatus value={account.enabled} yes="enabled" no="disabled" noTone="none" name="enabled" />
      <TriStatus value={account.locked} yes="locked" no="not locked" yesTone="danger" name="locked" />
      <Expiry what="password" at={account.passwordExpires} />
      <Expiry what="account" at={account.accountExpires} />
      <TriStatus
        value={account.mustChange}
        yes="must change password"
        no="need not change password"
        name="must change"
      />
    </div>
  );
}

function Expiry({ what, at }: { what: string; at: Moment }) {
  const now = useNow();
  if (at.state === "never") return <Status>{what} never expires</Status>;
  if (at.state !== "known" || !at.at)
    return (
      <Status tone="none" word>
        {what} expiry: {unknownWord(at.state === "known" ? "unknown" : at.state)}
      </Status>
    );
  const date = new Date(at.at);
  const past = date < now;
  return (
    <Status tone={past ? "warn" : "neutral"} word={past} title={at.at}>
      {what} {past ? "expired" : "expires"} {agoText(date, now)}
    </Status>
  );
}
