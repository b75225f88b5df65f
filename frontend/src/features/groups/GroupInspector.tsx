import { useQuery } from "@tanstack/react-query";
import { useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { countText } from "../../lib/number";
import { riskTone, worst } from "../../lib/risk";
import { Button } from "../../ui/Button";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { EntityLink, NumberLink, PageLink, WhyLink } from "../../ui/Links";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Tag } from "../../ui/Tag";
import { When } from "../../ui/When";
import { GroupFacts } from "./GroupFacts";
import { groupQuery, memberStartQuery } from "./queries";

/** A group beside the list. */
export function GroupInspector({ id, onClose }: { id: string; onClose(): void }) {
  const group = useQuery(groupQuery(id));
  const go = useGo();
  const page = entityPath({ kind: "group", id });
  const data = group.data;
  const finding = data && worst(data.findings);
  const tone = finding && riskTone(finding.risk);
  return (
    <Inspector
      title={data?.name ?? ""}
      subtitle={data?.description}
      onClose={onClose}
      acts={
        <Button size="sm" onClick={() => go(page)}>
          Open
        </Button>
      }
    >
      {group.isError ? (
        <ErrorState
          error={group.error}
          what="This group could not be read."
          onRetry={() => void group.refetch()}
        />
      ) : !data ? (
        <LoadingRows rows={6} />
      ) : (
        <>
          {finding && tone && (
            <InspectorSection tone={tone === "neutral" ? undefined : tone}>
              <Status tone={tone}>
                <b className="bb">{finding.title}</b>
              </Status>
              <div className="sm t2" style={{ paddingLeft: 13 }}>
                {finding.detail}
              </div>
            </InspectorSection>
          )}
          <InspectorSection
            title={data.privileged ? <Tag>privileged</Tag> : undefined}
            aside={
              <span className="age">
                {data.source.name}, <When at={data.observedAt} form="near" />
              </span>
            }
          >
            <GroupFacts group={data} />
          </InspectorSection>
          <InspectorSection
            title="Members"
            aside={
              <span className="sm t3">
                <NumberLink
                  value={data.direct - data.unresolved}
                  to={page}
                  search={{ tab: "direct" }}
                  label="direct members"
                />{" "}
                direct · <NumberLink value={data.effective} to={page} label="effective members" /> effective
              </span>
            }
          >
            <FirstMembers id={id} name={data.name} page={page} effective={data.effective} />
            {data.unresolved > 0 && (
              <div className="mini">
                <Status tone="none">unresolved</Status>
                <NumberLink
                  value={data.unresolved}
                  to={page}
                  search={{ tab: "unresolved" }}
                  label="unresolved members"
                />
              </div>
            )}
          </InspectorSection>
        </>
      )}
    </Inspector>
  );
}

function FirstMembers({
  id,
  name,
  page,
  effective,
}: {
  id: string;
  name: string;
  page: string;
  effective: number;
}) {
  const members = useQuery(memberStartQuery(id));
  if (members.isError) return <ErrorState error={members.error} what="Members could not be read." />;
  if (!members.data) return null;
  const rest = effective - members.data.items.length;
  return (
    <>
      {members.data.items.length === 0 && <span className="unk">no account is in it</span>}
      {members.data.items.map((member) => (
        <div className="mini" key={member.ref.id}>
          <div className="ell">
            <EntityLink entity={member.identity ?? member.ref} strong />{" "}
            <span className="mono t3">{member.login}</span>{" "}
            <span className="t3">{member.direct ? "direct" : `nested, ${member.steps} steps`}</span>
          </div>
          <WhyLink
            to={entityPath(member.ref)}
            search={{ tab: "membership", why: id }}
            about={`is ${member.login} in ${name}`}
          />
        </div>
      ))}
      {rest > 0 && (
        <PageLink to={page} className="sm link">
          {countText(rest)} more
        </PageLink>
      )}
    </>
  );
}
