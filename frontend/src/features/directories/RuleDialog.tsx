import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { CheckField, NumberField, TextField } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";
import { ErrorState } from "../../ui/States";
import { PreviewCounts } from "./MatchingPreview";
import { criteria, effects, type Rule, wrongIn } from "./matchingWords";
import type { Rules } from "./queries";

const fresh: Rule = { name: "", on: [], effect: "ask", confidence: 50 };

/** Makes one rule, or changes it; what it alone would match is counted before it is kept. */
export function RuleDialog({
  source,
  rules,
  rule,
  onKeep,
  onClose,
}: {
  source: string;
  /** All rules of the directory, with what else they are tried by. */
  rules: Rules;
  /** The rule that is changed; a new one without. */
  rule?: Rule;
  onKeep(rule: Rule): void;
  onClose(): void;
}) {
  const [draft, setDraft] = useState<Rule>(rule ?? fresh);
  const wrong = wrongIn(
    draft,
    rules.rules.filter((each) => each.name !== rule?.name),
  );
  const trial = useMutation({
    mutationFn: (one: Rule) =>
      dataOf(
        api.POST("/sources/{id}/correlation/preview", {
          params: { path: { id: source } },
          body: { ...rules, rules: [one] },
        }),
      ),
  });
  const change = (patch: Partial<Rule>) => {
    setDraft({ ...draft, ...patch });
    trial.reset();
  };
  const kept = { ...draft, name: draft.name.trim() };
  return (
    <ConfirmDialog
      opened
      title={rule ? `Change the rule ${rule.name}` : "Add a rule"}
      act={rule ? "Change" : "Add"}
      reason={wrong}
      onConfirm={() => onKeep(kept)}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={draft.name}
        maxLength={80}
        data-autofocus
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <fieldset className="bare" aria-label="All must hold">
        <div className="stack" style={{ gap: 4 }}>
          <span className="b">All must hold</span>
          {criteria.map(({ value, label }) => (
            <CheckField
              key={value}
              label={label}
              checked={draft.on.includes(value)}
              onChange={(event) =>
                change({
                  on: event.currentTarget.checked
                    ? [...draft.on, value]
                    : draft.on.filter((each) => each !== value),
                })
              }
            />
          ))}
        </div>
      </fieldset>
      <div className="stack" style={{ gap: 4 }}>
        <span className="b">Effect</span>
        <div>
          <Segmented
            small
            label="Effect"
            value={draft.effect}
            choices={[...effects]}
            onChange={(effect) => change({ effect })}
          />
        </div>
        <span className="sm t2">
          Link joins where exactly one person fits. Ask puts the account into the cases.
        </span>
      </div>
      <NumberField
        label="Confidence"
        help="In percent: how sure a match by this rule is, 1 to 100."
        min={1}
        max={100}
        value={Number.isNaN(draft.confidence) ? "" : draft.confidence}
        onChange={(value) => change({ confidence: typeof value === "number" ? value : Number.NaN })}
      />
      {trial.error ? <ErrorState error={trial.error} what="The rule could not be tried." /> : null}
      {trial.data && (
        <Note>
          By this rule alone: <PreviewCounts preview={trial.data} />
        </Note>
      )}
      <div>
        <Button reason={wrong ?? (trial.isPending && "Counting.")} onClick={() => trial.mutate(kept)}>
          See what it matches
        </Button>
      </div>
    </ConfirmDialog>
  );
}
