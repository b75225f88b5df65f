import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { z } from "zod";
import type { Schema } from "../../api/client";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { useAddress, useGo, useParam } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { countText, plural } from "../../lib/number";
import { riskTone, worst } from "../../lib/risk";
import { rowsOf } from "../../lib/rows";
import { sentence } from "../../lib/words";
import { ErrorPage } from "../../ui/ErrorPage";
import { FilterBar } from "../../ui/FilterBar";
import { PageLink } from "../../ui/Links";
import { Band, Note, PageHead, Scroll } from "../../ui/Page";
import { PagedTable } from "../../ui/PagedTable";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Tabs } from "../../ui/Tabs";
import { Tag } from "../../ui/Tag";
import { Timeline } from "../../ui/Timeline";
import { When } from "../../ui/When";
import { memberColumns, nestedColumns, unresolvedColumns } from "./columns";
import { GroupFacts } from "./GroupFacts";
import { groupQuery, members, nestingQuery, timeline, unresolved } from "./queries";

const tabs = ["effective", "direct", "unresolved", "parents", "children", "profile", "timeline"] as const;
const address = z.object({ tab: z.enum(tabs).catch("effective"), q: z.string().optional().catch(undefined) });

/** The whole page about a group: who is in it and by which path, what it is in, what is in it. */
export function GroupPage() {
  const id = useParam("id");
  const [{ tab, q }, setAddress] = useAddress(address);
  const group = useQuery(groupQuery(id));
  const nesting = useQuery(nestingQuery(id));
  const mayReview = useMay("review.manage");
  const data = group.data;
  if (group.isError)
    return (
      <ErrorPage
        error={group.error}
        what="This group could not be read."
        retry={() => void group.refetch()}
      />
    );
  if (!data) return <LoadingRows />;
  return (
    <>
      <PageHead
        title={data.name}
        crumb={<PageLink to="/groups">Groups</PageLink>}
        beside={<What group={data} />}
        acts={
          <>
            <span className="age">
              read <When at={data.observedAt} form="near" />, <When at={data.observedAt} age="ago" onlyAge />
            </span>
            <PageLink to="/history" search={{ span: "d30", group: id }} className="btn">
              What changed
            </PageLink>
            {mayReview && (
              <PageLink to="/reviews/new" search={{ group: id }} className="btn">
                Review this group…
              </PageLink>
            )}
          </>
        }
      />
      <Tabs
        label="About this group"
        panel="group-panel"
        value={tab}
        onChange={(next) => setAddress({ tab: next, q: undefined }, { push: true })}
        tabs={[
          { value: "effective", label: "Effective members", count: countText(data.effective) },
          { value: "direct", label: "Direct members", count: countText(data.direct - data.unresolved) },
          { value: "unresolved", label: "Unresolved", count: countText(data.unresolved) },
          { value: "parents", label: "Member of", count: nesting.data?.parents.length },
          { value: "children", label: "Groups that are members", count: nesting.data?.children.length },
          { value: "profile", label: "Profile" },
          { value: "timeline", label: "Timeline" },
        ]}
      />
      {data.unsure.map((reason) => (
        <Band key={reason} tone="warn">
          {reason}
        </Band>
      ))}
      <div id="group-panel" role="tabpanel" className="list grow">
        {(tab === "effective" || tab === "direct") && (
          <Members
            key={tab}
            group={data}
            effective={tab === "effective"}
            q={q}
            onSearch={(text) => setAddress({ q: text || undefined })}
          />
        )}
        {tab === "unresolved" && <Unresolved id={id} />}
        {(tab === "parents" || tab === "children") &&
          (nesting.isError ? (
            <ErrorState
              error={nesting.error}
              what="Nesting could not be read."
              onRetry={() => void nesting.refetch()}
            />
          ) : (
            nesting.data && (
              <Nested
                key={tab}
                groups={nesting.data[tab]}
                empty={nestedWords[tab]}
                label={tab === "parents" ? "Member of" : "Groups that are members"}
              />
            )
          ))}
        {tab === "profile" && (
          <Scroll label="Profile">
            <div className="pad stack prose">
              <Findings findings={data.findings} />
              <GroupFacts group={data} wide />
            </div>
          </Scroll>
        )}
        {tab === "timeline" && <Observed id={id} />}
      </div>
    </>
  );
}

const nestedWords = {
  parents: "It is a member of no other group.",
  children: "No other group is a member of it.",
};

function What({ group }: { group: Schema<"Group"> }) {
  const finding = worst(group.findings);
  return (
    <>
      {group.privileged && <Tag>privileged</Tag>}
      <span className="t2 ell">{group.description}</span>
      {finding && (
        <Status tone={riskTone(finding.risk)} word>
          {plural(
            group.findings.filter((each) => each.risk === finding.risk).length,
            `${finding.risk} finding`,
          )}
        </Status>
      )}
    </>
  );
}

function Members({
  group,
  effective,
  q,
  onSearch,
}: {
  group: Schema<"Group">;
  effective: boolean;
  q: string | undefined;
  onSearch(text: string): void;
}) {
  const { key, fetch } = members(group.id, effective, q);
  const rows = usePages(key, fetch);
  const go = useGo();
  const columns = useMemo(
    () => memberColumns({ id: group.id, name: group.name }, effective),
    [group.id, group.name, effective],
  );
  return (
    <>
      <FilterBar
        filters={[]}
        values={{}}
        onChange={() => {}}
        search={q ?? ""}
        onSearch={onSearch}
        total={rows.loading ? "" : plural(rows.total, "member")}
      />
      <PagedTable
        label={effective ? "Effective members" : "Direct members"}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.ref.id}
        onOpen={(row) => go(entityPath(row.identity ?? row.ref))}
        empty={
          q
            ? "No member fits this search."
            : effective
              ? "No account is in it, directly or by nesting."
              : "It has no direct member."
        }
      />
    </>
  );
}

function Unresolved({ id }: { id: string }) {
  const { key, fetch } = unresolved(id);
  return (
    <PagedTable
      label="Unresolved members"
      columns={unresolvedColumns}
      rows={usePages(key, fetch)}
      rowKey={(row) => row.value}
      empty="Every member is an account or a group that was read."
    />
  );
}

function Nested({ groups, empty, label }: { groups: Schema<"NestedGroup">[]; empty: string; label: string }) {
  const go = useGo();
  return (
    <PagedTable
      label={label}
      columns={nestedColumns}
      rows={rowsOf(groups)}
      rowKey={(row) => row.group.id}
      onOpen={(row) => go(entityPath(row.group))}
      empty={empty}
    />
  );
}

function Observed({ id }: { id: string }) {
  const { key, fetch } = timeline(id);
  return <Timeline rows={usePages(key, fetch)} />;
}

function Findings({ findings }: { findings: Schema<"FindingRow">[] }) {
  return findings.map((finding) => {
    const tone = riskTone(finding.risk);
    return (
      <Note key={finding.id} {...(tone !== "neutral" && { tone })}>
        <b className={tone === "danger" ? "b c-danger" : "b"}>{finding.title}</b>
        <br />
        {sentence(finding.detail)} {sentence(finding.remedy)} <span className="age">First seen </span>
        <When at={finding.firstSeen} age="ago" />
      </Note>
    );
  });
}
