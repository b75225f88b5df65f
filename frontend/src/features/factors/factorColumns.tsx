import type { Column } from "../../lib/columns";
import type { Filter } from "../../ui/FilterBar";
import { EntityLink } from "../../ui/Links";
import { Status, type Tone } from "../../ui/Status";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { type Factor, factorStates } from "./queries";

// Green is what a code has proven; a hollow dot is what proves nothing.
const tones: Record<Factor["state"], Tone> = {
  active: "ok",
  pending: "none",
  replaced: "none",
  revoked: "none",
  lapsed: "none",
};

const words: Record<Factor["state"], string> = {
  active: "active",
  pending: "not proven yet",
  replaced: "replaced",
  revoked: "revoked",
  lapsed: "lapsed, never proven",
};

/** How a factor stands. */
export function FactorStatus({ state }: { state: Factor["state"] }) {
  return <Status tone={tones[state]}>{words[state]}</Status>;
}

/** What a kind of factor is called. */
export const kindWords: Record<Factor["kind"], string> = { totp: "one-time code" };

export const factorColumns: Column<Factor>[] = [
  {
    id: "person",
    header: "Person",
    width: 192,
    grow: 1,
    cell: (factor) => <EntityLink entity={factor.identity} strong />,
  },
  {
    id: "login",
    header: "Login",
    width: 112,
    wideOnly: true,
    cell: (factor) => <span className="mono t2">{factor.identity.detail}</span>,
  },
  { id: "name", header: "Factor", width: 176, grow: 1, cell: (factor) => <bdi>{factor.name}</bdi> },
  {
    id: "kind",
    header: "Kind",
    width: 116,
    wideOnly: true,
    cell: (factor) => <bdi className="t2">{kindWords[factor.kind]}</bdi>,
  },
  {
    id: "enrolled",
    header: "Enrolled",
    width: 148,
    cell: (factor) => <When at={factor.enrolledAt} form="recent" age="short" />,
  },
  {
    id: "used",
    header: "Last used",
    width: 148,
    cell: (factor) =>
      factor.lastUsedAt ? <When at={factor.lastUsedAt} form="recent" age="short" /> : <Word>never</Word>,
  },
  { id: "state", header: "State", width: 152, cell: (factor) => <FactorStatus state={factor.state} /> },
];

/** What the list can be narrowed by. */
export const factorFilters: Filter[] = [
  {
    id: "state",
    label: "State",
    choices: factorStates.map((state) => ({ value: state, label: words[state] })),
  },
];
