import { Fragment } from "react";
import { entityPath } from "../../lib/entity";
import { CodeBlock } from "../../ui/Copy";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink } from "../../ui/Links";
import { Name } from "../../ui/Word";
import type { Change } from "./RunChanges";
import { nounWords } from "./runWords";

/** One change of a run, every field before and after. */
export function ChangeInspector({ change, onClose }: { change: Change; onClose(): void }) {
  const { subject, group } = change;
  return (
    <Inspector
      title={change.name}
      subtitle={`${nounWords[change.noun].one} ${change.op}`}
      acts={
        subject && (
          <PageLink to={entityPath(subject)} className="btn sm">
            Open
          </PageLink>
        )
      }
      onClose={onClose}
    >
      <InspectorSection title="Facts">
        <KeyValue
          facts={[
            { label: "What", value: nounWords[change.noun].one },
            { label: "How", value: change.op },
            subject && { label: "Record", value: <EntityLink entity={subject} /> },
            group && { label: "Group", value: <EntityLink entity={group} mono /> },
            change.in && !group ? { label: "Group", value: change.in, mono: true } : undefined,
          ]}
        />
        {change.detail && <CodeBlock text={change.detail} label="Detail" />}
      </InspectorSection>
      {change.fields.length > 0 && (
        <InspectorSection title="Fields">
          {change.fields.map(({ field, before, after }) => (
            <Fragment key={field}>
              <div className="sm t3">{field}</div>
              <p className="wrap">
                <span className="t2">
                  <Name>{before}</Name>
                </span>{" "}
                →{" "}
                <b className="b">
                  <Name>{after}</Name>
                </b>
              </p>
            </Fragment>
          ))}
        </InspectorSection>
      )}
    </Inspector>
  );
}
