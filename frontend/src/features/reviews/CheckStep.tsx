import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { countText, plural } from "../../lib/number";
import { TextArea } from "../../ui/Field";
import { EntityLink } from "../../ui/Links";
import { Note, Section } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";
import { type Draft, type Plan, ruleWords } from "./plan";
import { SourcesFrozen } from "./SourcesFrozen";

/** What would be frozen, counted: the sums, where they come from, who gets how much. */
export function CheckStep({
  draft,
  onChange,
  plan,
  counting,
  planError,
  onRetry,
  error,
}: {
  draft: Draft;
  onChange(draft: Draft): void;
  plan: Plan | undefined;
  counting: boolean;
  planError: unknown;
  onRetry(): void;
  error: unknown;
}) {
  if (planError)
    return <ErrorState error={planError} what="The plan could not be counted." onRetry={onRetry} />;
  if (!plan) return <LoadingRows rows={10} label="Counting" />;
  const a = plan.arithmetic;
  return (
    <div aria-busy={counting}>
      {Boolean(error) && <ErrorState error={error} what="Nothing was frozen." />}
      {plan.needsReason && (
        <div className="pad form">
          <Note tone="warn">
            A source was not read completely, or its last complete read is old. Freezing it needs a reason,
            and the reason is printed on page one of the evidence.
          </Note>
          <TextArea
            label="Why it is frozen all the same"
            minRows={2}
            value={draft.sourceReason}
            onChange={(event) => onChange({ ...draft, sourceReason: event.currentTarget.value })}
          />
        </div>
      )}
      <div className="check-sums" role="group" tabIndex={0} aria-label="What will be frozen">
        <section>
          <h3>Arithmetic</h3>
          <table className="sum">
            <tbody>
              <SumRow label="memberships read" value={a.read} />
              {plan.exclusions.map((each) => (
                <SumRow
                  key={each.rule}
                  label={`without ${ruleWords(each.rule)}`}
                  value={-(each.count ?? 0)}
                />
              ))}
              {plan.exclusions.length === 0 && <SumRow label="excluded" value={0} />}
              <SumRow label="in scope" value={a.inScope} total />
            </tbody>
          </table>
        </section>
        <section>
          <h3>By basis</h3>
          <table className="sum">
            <tbody>
              {bases.map(({ basis, label }) => (
                <SumRow
                  key={basis}
                  label={label}
                  value={plan.bases.find((each) => each.basis === basis)?.count ?? 0}
                />
              ))}
              <SumRow label="in scope" value={a.inScope} total />
            </tbody>
          </table>
        </section>
      </div>
      <Section title="Sources">
        <SourcesFrozen sources={plan.sources} />
      </Section>
      <div className="two">
        <Section
          title="Reviewers"
          beside={plural(plan.reviewers.filter((each) => each.reviewer).length, "person", "people")}
        >
          <Table
            label="Reviewers"
            look="second"
            columns={reviewerColumns}
            rows={plan.reviewers}
            rowKey={(each) => each.reviewer?.id ?? "nobody"}
          />
        </Section>
        <Section
          title={plan.groups.length < plan.groupCount ? "Largest groups" : "Groups"}
          beside={
            plan.groups.length < plan.groupCount
              ? `${countText(plan.groups.length)} of ${countText(plan.groupCount)}`
              : countText(plan.groupCount)
          }
        >
          <Table
            label="Groups"
            look="second"
            columns={groupColumns}
            rows={plan.groups}
            rowKey={(each) => each.group.id}
          />
        </Section>
      </div>
    </div>
  );
}

const bases: { basis: Schema<"BasisCount">["basis"]; label: string }[] = [
  { basis: "direct", label: "accounts, direct" },
  { basis: "effective", label: "accounts, by nesting only" },
  { basis: "group", label: "groups that are members" },
  { basis: "unresolved", label: "unresolved members" },
];

function SumRow({ label, value, total }: { label: string; value: number; total?: boolean }) {
  const text = value < 0 ? `− ${countText(-value)}` : countText(value);
  return (
    <tr className={total ? "total" : undefined}>
      <th scope="row">{label}</th>
      <td className={value === 0 ? "t3" : undefined}>{text}</td>
    </tr>
  );
}

const reviewerColumns: Column<Schema<"ReviewerProgress">>[] = [
  {
    id: "who",
    header: "Who",
    cell: (each) =>
      each.reviewer ? (
        <EntityLink entity={each.reviewer} strong />
      ) : (
        <span className="c-warn b">assigned to nobody</span>
      ),
  },
  {
    id: "items",
    header: "Items",
    width: 88,
    align: "right",
    cell: (each) => <span className={each.reviewer ? undefined : "c-warn"}>{countText(each.items)}</span>,
  },
];

const groupColumns: Column<Schema<"ReviewGroup">>[] = [
  {
    id: "group",
    header: "Group",
    cell: (each) => (
      <>
        <EntityLink entity={each.group} strong /> {each.privileged && <Tag>privileged</Tag>}{" "}
        <span className="t3">{each.source}</span>
      </>
    ),
  },
  { id: "items", header: "Items", width: 88, align: "right", cell: (each) => countText(each.items) },
];
