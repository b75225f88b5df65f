import type { ReactNode } from "react";
import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";
import { Table } from "../../ui/Table";
import { demands, effects, moved, type Rule } from "./matchingWords";

/** The rules in their order, with what each has done. Without onChange they can only be read. */
export function MatchingRules({
  rules,
  records,
  aside,
  onChange,
  onEdit,
}: {
  rules: Rule[];
  records: Schema<"RuleRecord">[];
  aside?: ReactNode;
  onChange?(next: Rule[]): void;
  onEdit?(rule: Rule): void;
}) {
  const record = (rule: Rule) => records.find((each) => each.rule === rule.name);
  const columns: Column<Rule>[] = [
    {
      id: "order",
      header: "",
      width: 48,
      cell: (rule) => <span className="t3">{rules.indexOf(rule) + 1}</span>,
    },
    {
      id: "name",
      header: "Rule",
      width: 224,
      cell: (rule) => (
        <span className="b" title={rule.name}>
          {rule.name}
        </span>
      ),
    },
    { id: "on", header: "All must hold", cell: (rule) => <div className="wrap">{demands(rule)}</div> },
    {
      id: "confidence",
      header: "Confidence",
      width: 88,
      align: "right",
      cell: (rule) => `${rule.confidence} %`,
    },
    {
      id: "record",
      header: "Linked",
      width: 72,
      align: "right",
      cell: (rule) => countText(record(rule)?.linked ?? 0),
    },
    {
      id: "precision",
      header: "Found right",
      title: "Of what it linked or proposed and a person looked at",
      width: 112,
      align: "right",
      wideOnly: true,
      cell: (rule) => {
        const done = record(rule);
        return !done || done.precision < 0 ? (
          <span className="t3">nobody looked</span>
        ) : (
          `${done.precision} %`
        );
      },
    },
    {
      id: "effect",
      header: "Effect",
      width: 144,
      cell: (rule) =>
        onChange ? (
          <Segmented
            small
            label={`Effect of ${rule.name}`}
            value={rule.effect}
            onChange={(effect) => onChange(rules.map((each) => (each === rule ? { ...each, effect } : each)))}
            choices={[...effects]}
          />
        ) : (
          effects.find((each) => each.value === rule.effect)?.label
        ),
    },
  ];
  if (onChange)
    columns.push({
      id: "acts",
      header: "",
      width: 176,
      align: "right",
      cell: (rule) => {
        const at = rules.indexOf(rule);
        return (
          <span className="row" style={{ gap: 4, justifyContent: "flex-end" }}>
            <Button
              size="sm"
              look="ghost"
              icon="up"
              aria-label={`Up: ${rule.name}`}
              reason={at === 0 && "It is the first."}
              onClick={() => onChange(moved(rules, at, -1))}
            />
            <Button
              size="sm"
              look="ghost"
              icon="down"
              aria-label={`Down: ${rule.name}`}
              reason={at === rules.length - 1 && "It is the last."}
              onClick={() => onChange(moved(rules, at, 1))}
            />
            <Button size="sm" look="ghost" aria-label={`Change ${rule.name}`} onClick={() => onEdit?.(rule)}>
              Change…
            </Button>
            <Button
              size="sm"
              look="ghost"
              icon="x"
              aria-label={`Remove ${rule.name}`}
              reason={rules.length === 1 && "One rule stays. Turn it off instead."}
              onClick={() => onChange(rules.filter((each) => each !== rule))}
            />
          </span>
        );
      },
    });
  return (
    <Section title="Rules" beside="in their order: the first that fits counts" aside={aside}>
      <Table label="Rules" columns={columns} rows={rules} rowKey={(rule) => rule.name} />
    </Section>
  );
}
