import { useQuery } from "@tanstack/react-query";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { ChoiceField } from "../../ui/ChoiceField";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { PickMany } from "../../ui/PickField";
import { type Draft, exclusionRules, type Plan, type Rule } from "./plan";
import { sourcesQuery, useGroups } from "./queries";

interface StepProps {
  draft: Draft;
  onChange(draft: Draft): void;
  plan: Plan | undefined;
}

/** What is reviewed: which groups, whether by nesting too, and who is left out for which reason. */
export function WhatStep({ draft, onChange, plan }: StepProps) {
  const set = (patch: Partial<Draft>) => onChange({ ...draft, ...patch });
  return (
    <div className="pad form">
      <TextField
        label="Name"
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        help="What reviewers and auditors will call it, such as Privileged groups, Q1 2026."
      />
      <ChoiceField
        label="Groups"
        value={draft.by}
        onChange={(by) => set({ by })}
        choices={[
          {
            value: "filter",
            label: "All that fit a filter",
            help: "Privileged groups, those of one source, or by name.",
          },
          { value: "groups", label: "Groups I pick", help: "Found by name; each stands as a chip." },
        ]}
      />
      {draft.by === "groups" ? (
        <PickMany
          label="Picked groups"
          value={draft.groups}
          onChange={(groups) => set({ groups })}
          useFound={useGroups}
          help="Type a part of a name."
        />
      ) : (
        <GroupFilter draft={draft} set={set} />
      )}
      <CheckField
        label="Include people who are in by nesting"
        help="Whoever is in a group only through other groups is an item too, with the path."
        checked={draft.effective}
        onChange={(event) => set({ effective: event.currentTarget.checked })}
      />
      <Exclusions draft={draft} set={set} plan={plan} />
    </div>
  );
}

function GroupFilter({ draft, set }: { draft: Draft; set(patch: Partial<Draft>): void }) {
  const sources = useQuery(sourcesQuery).data ?? [];
  return (
    <>
      <CheckField
        label="Only privileged groups"
        help="Those that give power over others."
        checked={draft.privileged}
        onChange={(event) => set({ privileged: event.currentTarget.checked })}
      />
      <div className="fields">
        {sources.length > 1 && (
          <SelectField
            label="Source"
            value={draft.source}
            data={[
              { value: "", label: "every source" },
              ...sources.map((source) => ({ value: source.id, label: source.name })),
            ]}
            onChange={(source) => set({ source: source ?? "" })}
          />
        )}
        <TextField
          label="Words of the name"
          optional
          value={draft.words}
          onChange={(event) => set({ words: event.currentTarget.value })}
        />
      </div>
    </>
  );
}

function Exclusions({
  draft,
  set,
  plan,
}: {
  draft: Draft;
  set(patch: Partial<Draft>): void;
  plan: Plan | undefined;
}) {
  const unused = exclusionRules.filter((each) => !draft.exclude.some(({ rule }) => rule === each.rule));
  const change = (rule: Rule, reason: string) =>
    set({ exclude: draft.exclude.map((each) => (each.rule === rule ? { rule, reason } : each)) });
  return (
    <section className="stack" aria-label="Exclusions">
      <h3>
        Left out <span className="t3 plain">each with a reason that is printed</span>
      </h3>
      {draft.exclude.map(({ rule, reason }) => {
        const words = exclusionRules.find((each) => each.rule === rule);
        const count = plan?.exclusions.find((each) => each.rule === rule)?.count;
        return (
          <div key={rule} className="exclusion">
            <TextField
              label={
                <>
                  {words?.label}{" "}
                  {count !== undefined && <span className="t3 plain">{countText(count)} left out</span>}
                </>
              }
              value={reason}
              onChange={(event) => change(rule, event.currentTarget.value)}
              help="Why are they left out?"
            />
            <Button
              look="ghost"
              icon="x"
              aria-label={`Do not leave out ${words?.one}`}
              onClick={() => set({ exclude: draft.exclude.filter((each) => each.rule !== rule) })}
            />
          </div>
        );
      })}
      {unused.length > 0 && (
        <div className="row wrapping">
          {unused.map(({ rule, label }) => (
            <Button
              key={rule}
              size="sm"
              icon="plus"
              onClick={() => set({ exclude: [...draft.exclude, { rule, reason: "" }] })}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}
