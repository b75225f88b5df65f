import type { ReactNode } from "react";
import { useState } from "react";
import type { Ref } from "../../lib/entity";
import { EntityLink, PageLink } from "../../ui/Links";
import { Band, PageHead } from "../../ui/Page";
import { enrolTitle } from "./titles";

/** The head of an enrolment, and what the factor is for and what not. */
export function EnrolHead({
  identity,
  beside,
  acts,
}: {
  identity: Pick<Ref, "kind" | "id" | "name">;
  beside?: ReactNode;
  acts?: ReactNode;
}) {
  const [why, setWhy] = useState(false);
  return (
    <>
      <PageHead
        title={enrolTitle}
        crumb={
          <>
            <PageLink to="/factors">Factors</PageLink> / <EntityLink entity={identity} />
          </>
        }
        beside={beside}
        acts={acts}
      />
      <Band>
        <p className="t2">
          Used for <b className="b plain">verifying callers</b>. It guards no directory sign-in and is not
          counted as sign-in coverage.
          {why &&
            " When somebody signs in, the directory does not ask for this code; only the help desk does, on the telephone. What the directories enforce themselves stands on the page Factors."}
        </p>
        <span className="grow" />
        <button type="button" className="why" aria-expanded={why} onClick={() => setWhy(!why)}>
          why?
        </button>
      </Band>
    </>
  );
}
