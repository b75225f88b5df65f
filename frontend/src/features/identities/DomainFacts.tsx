import type { Schema } from "../../api/client";
import { CopyButton } from "../../ui/Copy";
import { Flags } from "../../ui/Flags";
import type { Fact } from "../../ui/KeyValue";

/** What only Active Directory says about an account; nothing for accounts elsewhere. */
export function domainFacts({
  principalName,
  sid,
  sidHistory,
  serviceNames,
  flags,
}: Schema<"Account">): (Fact | false)[] {
  return [
    principalName !== "" && { label: "Principal name", value: <bdi>{principalName}</bdi>, mono: true },
    sid !== "" && {
      label: "SID",
      value: (
        <span className="row">
          {sid} <CopyButton text={sid} label="Copy the SID" iconOnly />
        </span>
      ),
      mono: true,
    },
    sidHistory.length > 0 && {
      label: "Former SIDs",
      value: <Lines values={sidHistory} />,
      mono: true,
      title: "Each may still open what was granted to it (sIDHistory).",
    },
    serviceNames.length > 0 && {
      label: "Services (SPN)",
      value: <Lines values={serviceNames} />,
      mono: true,
    },
    flags.length > 0 && { label: "Noted", value: <Flags flags={flags} /> },
  ];
}

function Lines({ values }: { values: string[] }) {
  return values.map((value) => (
    <span key={value} style={{ display: "block" }}>
      <bdi>{value}</bdi>
    </span>
  ));
}
