import type { Schema } from "../../api/client";
import { Flags } from "../../ui/Flags";
import { type Fact, KeyValue } from "../../ui/KeyValue";
import { EntityLink, NumberLink } from "../../ui/Links";
import { When } from "../../ui/When";
import { Name } from "../../ui/Word";

/** What a source says about a group. */
export function GroupFacts({ group, wide }: { group: Schema<"Group">; wide?: boolean }) {
  const facts: (Fact | false)[] = [
    { label: "Source", value: <EntityLink entity={group.source} /> },
    { label: "DN", value: group.dn, mono: true, title: group.dn },
    {
      label: "Owner",
      value: group.owner ? <EntityLink entity={group.owner} /> : <Name>{group.ownerText}</Name>,
    },
    {
      label: "Member of",
      value: (
        <NumberLink
          value={group.memberOf}
          to={`/groups/${group.id}`}
          search={{ tab: "parents" }}
          label="groups it is in"
        />
      ),
    },
    { label: "Changed", value: <When at={group.modifiedAt} age="ago" /> },
    !!wide && { label: "What for", value: <Name none="unknown">{group.description}</Name> },
    !!wide && { label: "Created", value: <When at={group.createdAt} age="ago" /> },
    !!wide && { label: "First seen", value: <When at={group.firstSeen} age="ago" /> },
    !!wide && { label: "Stable id", value: group.externalId, mono: true },
    !!wide && group.sid !== "" && { label: "SID", value: group.sid, mono: true },
    group.flags.length > 0 && { label: "Scope and type", value: <Flags flags={group.flags} /> },
  ];
  return <KeyValue facts={facts} {...(wide && { wide })} />;
}
