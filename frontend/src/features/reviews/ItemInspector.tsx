import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { entityPath, type Ref } from "../../lib/entity";
import { ageText } from "../../lib/moment";
import { countText } from "../../lib/number";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink, WhyLink } from "../../ui/Links";
import { PathText } from "../../ui/PathText";
import { RiskStatus } from "../../ui/Risk";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { Name, Word } from "../../ui/Word";
import { History } from "./History";
import { Before, FrozenWhen, Peers, relationWords, subjectName } from "./ItemWords";
import { type ItemDetail, itemQuery } from "./queries";
import { RemovalState } from "./RemovalState";
import type { Item } from "./verdicts";

/** Where an item's membership is explained as it stands today. */
export function whyOf(item: Item): { to: string; search: Record<string, string> } {
  if (!item.subject.id) return { to: entityPath(item.group), search: { tab: "unresolved" } };
  if (item.basis === "group") return { to: entityPath(item.subject), search: { tab: "parents" } };
  return {
    to: entityPath(item.identity ?? item.subject),
    search: { tab: "membership", why: item.group.id },
  };
}

/** An item beside the list: what was frozen, how it stands now, and the decision. */
export function ItemInspector({
  campaign,
  item,
  listed,
  frozenAt,
  dock,
  onClose,
}: {
  campaign: string;
  item: number;
  /** What the list knows of it, until all of it is read. */
  listed: Item | undefined;
  frozenAt: string;
  dock: ReactNode;
  onClose(): void;
}) {
  const query = useQuery(itemQuery(campaign, item));
  // Never the last item's facts beside this one's name.
  const data = query.data?.item === item ? query.data : undefined;
  const named = data ?? listed;
  return (
    <Inspector
      title={named ? `${subjectName(named)} in ${named.group.name}` : `Item ${countText(item)}`}
      subtitle={data && <Subtitle item={data} />}
      onClose={onClose}
      dock={dock}
    >
      {query.isError ? (
        <ErrorState
          error={query.error}
          what="This item could not be read."
          onRetry={() => void query.refetch()}
        />
      ) : !data ? (
        <LoadingRows rows={6} />
      ) : (
        <>
          {data.excluded && (
            <InspectorSection tone="warn">
              <Status tone="warn">Left out of this campaign</Status>
              <div className="sm t2">{data.excluded}</div>
            </InspectorSection>
          )}
          <PathSection item={data} />
          <InspectorSection>
            <Facts item={data} frozenAt={frozenAt} />
          </InspectorSection>
          <NowSection item={data} />
          <History item={data} />
        </>
      )}
    </Inspector>
  );
}

function Subtitle({ item }: { item: ItemDetail }) {
  const who = [item.title, item.department].filter(Boolean).join(", ");
  return (
    <>
      {who && <>{who} · </>}
      {item.basis === "group" && "group · "}
      {item.basis === "unresolved" && "unresolved member · "}
      item {countText(item.item)} of {countText(item.campaignOf)}
    </>
  );
}

function PathSection({ item }: { item: ItemDetail }) {
  const why = whyOf(item);
  return (
    <InspectorSection
      title="Path when frozen"
      aside={<WhyLink {...why} about={`${subjectName(item)} is in ${item.group.name}`} />}
    >
      <PathText path={item.basis === "effective" ? item.path : directPath(item)} wrap />
      <p className="help">
        <Consequence item={item} />
        {item.morePaths && " More paths lead there."}
      </p>
    </InspectorSection>
  );
}

// A direct membership is a path of one step; the member stands before it where it is one of ours.
function directPath(item: ItemDetail): Ref[] {
  const { subject, login, path } = item;
  return subject.id ? [{ ...subject, name: login || subject.name }, ...path] : path;
}

/** How old a value was on the day it was copied. */
function valueAge(read: Date, frozen: Date): string {
  const age = ageText(read, frozen);
  return age === "now" ? "value read just before the freeze" : `value ${age} old when frozen`;
}

/** What somebody has to remove in the directory for a revoke, and who else loses by it. */
function Consequence({ item }: { item: ItemDetail }) {
  const { edge } = item;
  if (!edge) return <>No single removal ends it: several memberships lead there.</>;
  const others = edge.others === 1 ? "1 other" : `${countText(edge.others)} others`;
  return (
    <>
      To carry out a revoke, remove <span className="mono">{edge.member.name}</span> from{" "}
      <span className="mono">{edge.group.name}</span>.{" "}
      {edge.others === 0 ? (
        `Nobody else loses ${item.group.name} with it.`
      ) : (
        <>
          <PageLink to={entityPath(edge.member)} className="n">
            {others}
          </PageLink>{" "}
          {edge.others === 1 ? "loses" : "lose"} {item.group.name} with it.
        </>
      )}
    </>
  );
}

function Facts({ item, frozenAt }: { item: ItemDetail; frozenAt: string }) {
  const read = new Date(item.observedAt);
  const known = item.lastSignIn.state === "known";
  return (
    <KeyValue
      facts={[
        { label: "Peers", value: <Peers item={item} words /> },
        {
          label: "Last sign-in",
          value: (
            <>
              <FrozenWhen at={item.lastSignIn} frozenAt={frozenAt} onlyDay />{" "}
              {known && <span className="age">{valueAge(read, new Date(frozenAt))}</span>}
            </>
          ),
        },
        {
          label: "Member since",
          value: item.grantedAt ? <When at={item.grantedAt} age="ago" /> : <Word>unknown</Word>,
        },
        { label: "Before", value: <Before item={item} campaign /> },
        {
          label: "Findings",
          value:
            item.findings.length === 0 ? (
              <Word>none</Word>
            ) : (
              <ul className="findings">
                {item.findings.map((finding) => (
                  <li key={`${finding.kind}-${finding.text}`}>
                    <RiskStatus finding={{ risk: finding.risk, label: finding.text }} />
                  </li>
                ))}
              </ul>
            ),
        },
        {
          label: "Assigned to",
          value: item.reviewer ? (
            <>
              <EntityLink entity={item.reviewer} />{" "}
              <span className="age">{relationWords(item.relation)}</span>
            </>
          ) : (
            <span className="c-warn">nobody</span>
          ),
        },
        {
          label: "Account",
          value: <Name none="none">{item.dn}</Name>,
          mono: true,
          title: item.dn,
        },
      ]}
    />
  );
}

function NowSection({ item }: { item: ItemDetail }) {
  if (!item.now && !item.removal) return null;
  return (
    <InspectorSection
      title="Now"
      aside={
        item.now && (
          <span className="age">
            read <When at={item.now.at} age="ago" />
          </span>
        )
      }
    >
      {item.now && (
        <Status tone={item.now.present ? "neutral" : "none"}>
          <span className="wrap">{item.now.text}</span>
        </Status>
      )}
      {item.removal && (
        <div>
          <RemovalState removal={item.removal} words />
        </div>
      )}
    </InspectorSection>
  );
}
