import { useQuery } from "@tanstack/react-query";
import { createPortal } from "react-dom";
import { sessionQuery } from "../../api/session";
import { clockText } from "../../lib/moment";
import { countText } from "../../lib/number";
import { nonce } from "../../nonce";
import { Button } from "../../ui/Button";
import { CodeList } from "./CodeList";
import { NotNoted } from "./HandOver";
import type { Handed } from "./hand";
import { QrCode } from "./QrCode";
import type { Enrolment } from "./queries";
import { groupsOf } from "./Scan";

// The paper of this page alone: other pages print as the printer is set.
const paper = "@page { size: 105mm 148mm; margin: 0 }";

/** Fourth step: what is handed over on paper. Printing prints the slip and nothing else, in its real size. */
export function SlipColumn({ enrolment, handed }: { enrolment: Enrolment; handed: Handed }) {
  const print = () => handed.mutate("slipPrinted", { onSuccess: () => window.print() });
  return (
    <section aria-label="Slip" className="slip-column">
      <h2>
        <b>4</b> Slip <span className="t3">A6, preview</span>
        <span className="grow" />
        <Button size="sm" icon="print" reason={handed.isPending && "Under way."} onClick={print}>
          Print
        </Button>
      </h2>
      <Slip enrolment={enrolment} />
      <NotNoted handed={handed} of={["slipPrinted"]} />
      <p className="help">Printing is logged. The file is never kept.</p>
      {createPortal(
        <div className="slip-print" aria-hidden="true">
          <style nonce={nonce}>{paper}</style>
          <Slip enrolment={enrolment} />
        </div>,
        document.body,
      )}
    </section>
  );
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A time on paper, where nothing tells how long ago it was: "10 Mar 2026 14:32". */
function paperTime(at: Date): string {
  return `${at.getDate()} ${months[at.getMonth()]} ${at.getFullYear()} ${clockText(at)}`;
}

function Slip({ enrolment }: { enrolment: Enrolment }) {
  const session = useQuery(sessionQuery).data;
  const { factor, key, recoveryCodes } = enrolment;
  const { identity } = factor;
  return (
    <div className="slip">
      <div className="slip-head">
        <h4>One-time code</h4>
        <span className="g">{session?.organisation}</span>
      </div>
      <p>
        For <b>{identity.name}</b>
        {identity.detail && `, ${identity.detail}`}. Used when you call the help desk.
      </p>
      <div className="slip-code">
        <QrCode qr={enrolment.qr} label={`QR code on the slip of ${identity.name}`} />
        <div>
          <p className="g">Scan with an authenticator app, or type</p>
          <p className="slip-key">{groupsOf(key).join(" ")}</p>
        </div>
      </div>
      <hr />
      <p>
        <b>Recovery codes</b> <span className="g">each works once, cross it out</span>
      </p>
      <CodeList codes={recoveryCodes} />
      <hr />
      <p className="g">
        Enrolled {paperTime(new Date(factor.enrolledAt))}
        {session && ` by ${session.name}`}, event {countText(enrolment.event)}. Keep it like a key. If it is
        lost, call the help desk: it can be revoked at once. Nobody will ask you to read the key aloud.
      </p>
    </div>
  );
}
