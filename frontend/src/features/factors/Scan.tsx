import { CopyButton } from "../../ui/Copy";
import { KeyValue } from "../../ui/KeyValue";
import { NotNoted } from "./HandOver";
import type { Handed } from "./hand";
import { QrCode } from "./QrCode";
import type { Enrolment } from "./queries";

/** A key as people read and type it: in groups of four. */
export function groupsOf(key: string): string[] {
  return key.match(/.{1,4}/g) ?? [];
}

/** First step: the secret, for a camera or for fingers. */
export function Scan({ enrolment, handed }: { enrolment: Enrolment; handed: Handed }) {
  const { factor, key, link } = enrolment;
  const copy = () => {
    handed.mutate("keyCopied");
    return key;
  };
  return (
    <section aria-label="Scan">
      <h2>
        <b>1</b> Scan
      </h2>
      <QrCode qr={enrolment.qr} label={`QR code for the one-time code of ${factor.identity.name}`} />
      <p className="help">
        Any authenticator app. The code is shown now and never again; afterwards only replace or revoke is
        possible.
      </p>
      <div className="row key-head">
        <h3>Or type the key</h3>
        <span className="grow" />
        <CopyButton text={copy} label="Copy key" />
      </div>
      <div className="key-groups" role="group" aria-label="Key">
        {groupsOf(key).map((group, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the groups of one key never move
          <span key={at}>{group}</span>
        ))}
      </div>
      <NotNoted handed={handed} of={["keyCopied"]} />
      <KeyValue
        facts={[
          { label: "Name", value: <bdi>{factor.name}</bdi> },
          { label: "Account", value: enrolment.account, title: enrolment.account },
          {
            label: "Kind",
            value: (
              <bdi>
                time-based, {enrolment.digits} digits, {enrolment.period} s, SHA-1, {key.length * 5} bit
              </bdi>
            ),
          },
          { label: "Link", value: `${link.split("?")[0]}?…`, mono: true },
        ]}
      />
    </section>
  );
}
