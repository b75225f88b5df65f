import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";

type Rule = Schema<"CorrelationRule">;

const criteria: Record<Rule["on"][number], string> = {
  employeeNumber: "employee number equal",
  mail: "mail equal",
  login: "login equal",
  name: "full name equal",
  similarName: "name similar",
  surname: "surname similar, given name not contradictory",
  possibleName: "names not contradictory",
};

const effects = [
  { value: "link", label: "Link" },
  { value: "ask", label: "Ask" },
  { value: "off", label: "Off" },
] as const;

/** The rules in their order, with what each has done. Without onChange they can only be read. */
export function MatchingRules({
  rules,
  records,
  onChange,
}: {
  rules: Rule[];
  records: Schema<"RuleRecord">[];
  onChange?(next: Rule[]): void;
}) {
  const record = (rule: Rule) => records.find((each) => each.rule === rule.name);
  const up = (rule: Rule) => {
    const at = rules.indexOf(rule);
    onChange?.([...rules.slice(0, at - 1), rule, ...rules.slice(at - 1, at), ...rules.slice(at + 1)]);
  };
  const columns: Column<Rule>[] = [
    { id: "name", header: "Rule", width: 216, cell: (rule) => <span className="b">{rule.name}</span> },
    {
      id: "on",
      header: "All must hold",
      cell: (rule) => (
        <span className="row">
          {rule.on.map((each) => (
            <Tag key={each}>{criteria[each]}</Tag>
          ))}
        </span>
      ),
    },
    {
      id: "confidence",
      header: "Confidence",
      width: 96,
      align: "right",
      cell: (rule) => `${rule.confidence} %`,
    },
    {
      id: "record",
      header: "Linked",
      width: 84,
      align: "right",
      cell: (rule) => record(rule)?.linked ?? 0,
    },
    {
      id: "precision",
      header: "Right when looked at",
      width: 148,
      align: "right",
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
      width: 176,
      cell: (rule) =>
        onChange ? (
          <Segmented
            small
            label={`Effect of ${rule.name}`}
            value={rule.effect}
            onChange={(effect) =>
              onChange(
                rules.map((each) => (each === rule ? { ...each, effect: effect as Rule["effect"] } : each)),
              )
            }
            choices={[...effects]}
          />
        ) : (
          effects.find((each) => each.value === rule.effect)?.label
        ),
    },
    {
      id: "up",
      header: "",
      width: 72,
      cell: (rule) =>
        onChange &&
        rules[0] !== rule && (
          <Button size="sm" look="ghost" aria-label={`Up: ${rule.name}`} onClick={() => up(rule)}>
            Up
          </Button>
        ),
    },
  ];
  return (
    <Section title="Rules, in their order: the first that fits counts">
      <Table label="Rules" columns={columns} rows={rules} rowKey={(rule) => rule.name} />
    </Section>
  );
}
