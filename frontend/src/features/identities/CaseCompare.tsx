import type { Schema } from "../../api/client";
import { triOf } from "../../lib/moment";
import { sentence } from "../../lib/words";
import { EntityLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";
import { Tag } from "../../ui/Tag";
import { When } from "../../ui/When";
import { UnknownWord } from "../../ui/Word";
import type { Case } from "./links";

type Side = Schema<"CaseSide">;
type Text = Exclude<keyof Side, "accounts" | "lastSignIn">;

const facts: [Text, string][] = [
  ["name", "Name"],
  ["employeeNumber", "Employee number"],
  ["mail", "Mail"],
  ["login", "Login"],
  ["phone", "Phone"],
  ["department", "Department"],
  ["title", "Title"],
  ["location", "Location"],
  ["employeeType", "Employee type"],
  ["manager", "Manager"],
];

/** What tells one candidate from the next, who often has the same name. */
function told({ side }: Case["candidates"][number]): string {
  return side.login || side.employeeNumber || side.mail || side.department;
}

/** "SOURCE: LOGIN" of each account; the source alone where an account has no login. */
function accountsText(accounts: string[]): string {
  return accounts.map((account) => account.replace(/: $/, "")).join(", ");
}

/** An account and a candidate side by side, what agrees marked, with the reasons of the rule. */
export function CaseCompare({
  one,
  candidate,
  choice,
  onChoose,
}: {
  one: Case;
  candidate?: Case["candidates"][number];
  choice: number;
  onChoose(index: number): void;
}) {
  // What neither side tells decides nothing: one line for all of it.
  const untold = facts.filter(([key]) => !one.mine[key] && !candidate?.side[key]);
  return (
    <>
      {one.candidates.length > 1 && (
        <div className="row pad">
          <Segmented
            label="Candidate"
            value={String(choice)}
            onChange={(next) => onChoose(Number(next))}
            choices={one.candidates.map((each, index) => ({
              value: String(index),
              label: (
                <>
                  <bdi>{each.identity.name}</bdi>
                  {told(each) && <span className="t3"> {told(each)}</span>}
                </>
              ),
              count: `${each.confidence} %`,
            }))}
          />
        </div>
      )}
      {candidate && (
        <Section
          title={<span className="nw">{candidate.rule}</span>}
          beside={`confidence ${candidate.confidence} %: ${candidate.reasons.join(", ")}`}
          top={false}
        />
      )}
      <table className="table second" aria-label="Compared">
        <thead>
          <tr>
            <th scope="col" style={{ width: 148 }}>
              Fact
            </th>
            <th scope="col">
              <EntityLink entity={one.account} strong /> <span className="t3">{one.source.name}</span>
            </th>
            <th scope="col">
              {candidate ? (
                <>
                  <EntityLink entity={candidate.identity} strong />{" "}
                  <span className="t3">{candidate.source.name}</span>
                </>
              ) : (
                "nobody"
              )}
            </th>
            <th scope="col" style={{ width: 88 }} />
          </tr>
        </thead>
        <tbody>
          {facts
            .filter((fact) => !untold.includes(fact))
            .map(([key, label]) => (
              <Fact key={key} label={label} mine={one.mine[key]} theirs={candidate?.side[key] ?? ""} />
            ))}
          <tr>
            <th scope="row">Enabled</th>
            <td>
              <Enabled said={one.mine.enabled} />
            </td>
            <td>{candidate && <Enabled said={candidate.side.enabled} />}</td>
            <td />
          </tr>
          <tr>
            <th scope="row">Last sign-in</th>
            <td>
              <When at={one.mine.lastSignIn} form="day" />
            </td>
            <td>{candidate && <When at={candidate.side.lastSignIn} form="day" />}</td>
            <td />
          </tr>
          <tr>
            <th scope="row">All accounts</th>
            <td>
              <div className="wrap">{accountsText(one.mine.accounts)}</div>
            </td>
            <td>
              <div className="wrap">{candidate && accountsText(candidate.side.accounts)}</div>
            </td>
            <td />
          </tr>
          {untold.length > 0 && (
            <tr>
              <th scope="row">Not told</th>
              <td colSpan={3} className="t3">
                {sentence(untold.map(([, label]) => label.toLowerCase()).join(", "))}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </>
  );
}

function Enabled({ said }: { said: string }) {
  const state = triOf(said);
  return state === "yes" || state === "no" ? state : <UnknownWord state={state} />;
}

function Fact({ label, mine, theirs }: { label: string; mine: string; theirs: string }) {
  const both = mine !== "" && theirs !== "";
  const equal = both && mine.toLowerCase() === theirs.toLowerCase();
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{mine ? <bdi>{mine}</bdi> : <span className="t3">not told</span>}</td>
      <td>{theirs ? <bdi>{theirs}</bdi> : <span className="t3">not told</span>}</td>
      <td>{equal ? <Tag>equal</Tag> : both ? <span className="t3">differs</span> : null}</td>
    </tr>
  );
}
