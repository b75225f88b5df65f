import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/client";
import { unknownWord } from "../../lib/moment";
import { countText, plural } from "../../lib/number";
import { EntityLink, NumberLink } from "../../ui/Links";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Word } from "../../ui/Word";
import { coverageQuery } from "./queries";

/**
 * What each directory enforces at sign-in. Beside it, parted by a line and never added to it, how many people can be
 * verified when they call.
 */
export function SignInCoverage() {
  const coverage = useQuery(coverageQuery);
  const { data } = coverage;
  if (coverage.isError)
    return (
      <ErrorState
        error={coverage.error}
        what="What the directories enforce could not be counted."
        onRetry={() => void coverage.refetch()}
      />
    );
  if (!data) return <LoadingRows rows={2} label="Loading the coverage" />;
  return (
    <div className="factor-sums">
      <section aria-label="Enforced at sign-in">
        <h3>Enforced at sign-in, by directory</h3>
        {data.sources.length === 0 && <Word>no directory is connected</Word>}
        <ul>
          {data.sources.map((each) => (
            <li key={each.source.id}>
              <p>
                <EntityLink entity={each.source} strong />: <Enforced of={each} />.{" "}
                <span className="t2">{each.text}</span>
              </p>
            </li>
          ))}
        </ul>
        <p className="help">{data.explained}</p>
      </section>
      <section aria-label="Callers who can be verified">
        <h3>Callers who can be verified</h3>
        <p>
          <NumberLink
            value={data.callers}
            to="/factors"
            search={{ state: "active" }}
            label="people who can be verified as callers"
          />{" "}
          <span className="t2">of {plural(data.people, "person", "people")} with an account in use.</span>
        </p>
        <p className="help">
          Their codes are asked for on the telephone. They guard no directory sign-in and are not counted at
          the left.
        </p>
      </section>
    </div>
  );
}

function Enforced({ of }: { of: Schema<"SourceCoverage"> }) {
  if (of.state !== "known") return <Word>{unknownWord(of.state)}</Word>;
  return (
    <>
      {countText(of.enforced)} of {plural(of.accounts, "account")}
    </>
  );
}
