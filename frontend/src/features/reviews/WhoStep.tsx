import { dayText } from "../../lib/moment";
import { countText } from "../../lib/number";
import { ChoiceField } from "../../ui/ChoiceField";
import { TextField } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { PickMany, PickOne } from "../../ui/PickField";
import { distanceText } from "./Due";
import type { Draft, Plan, ReviewerKind } from "./plan";
import { usePeople } from "./queries";
import { dayOf, endOfDay } from "./verdicts";

const kinds: { value: ReviewerKind; label: string; help: string }[] = [
  { value: "managers", label: "Managers", help: "Each person's manager, as the directory names them." },
  { value: "owners", label: "Group owners", help: "The owner of each group, as the directory names them." },
  { value: "named", label: "Named people", help: "The people you name, in turn, a group each." },
];

/** Who reviews what, and until when. */
export function WhoStep({
  draft,
  onChange,
  plan,
  now,
}: {
  draft: Draft;
  onChange(draft: Draft): void;
  plan: Plan | undefined;
  now: Date;
}) {
  const set = (patch: Partial<Draft>) => onChange({ ...draft, ...patch });
  const nobody = plan?.reviewers.find((each) => !each.reviewer)?.items ?? 0;
  const due = draft.due ? endOfDay(draft.due) : undefined;
  return (
    <div className="pad form">
      <ChoiceField
        label="Who reviews"
        value={draft.kind}
        onChange={(kind) => set({ kind })}
        choices={kinds}
      />
      {draft.kind === "named" && (
        <PickMany
          label="Reviewers"
          value={draft.named}
          onChange={(named) => set({ named })}
          useFound={usePeople}
          help="Name, login or mail."
        />
      )}
      <PickOne
        label="If the rule names nobody"
        optional
        value={draft.fallback}
        onChange={(fallback) => set({ fallback })}
        useFound={usePeople}
        help="Reviews what the rule leaves over, and what would be somebody's review of their own accounts."
      />
      {plan && nobody > 0 && (
        <Note tone="warn">
          {countText(nobody)} of {countText(plan.arithmetic.inScope)} items are assigned to nobody by this
          rule. They can be assigned later.
        </Note>
      )}
      <TextField
        label="Due"
        type="date"
        min={dayOf(now)}
        value={draft.due}
        onChange={(event) => set({ due: event.currentTarget.value })}
        help={
          due ? `${dayText(due, now)}, ${distanceText(due, now)}. Nothing closes by itself.` : "The last day."
        }
      />
    </div>
  );
}
