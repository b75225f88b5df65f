import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useMay } from "../../api/session";
import { entityPath } from "../../lib/entity";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink } from "../../ui/Links";
import { Scroll } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { EnrolHead } from "./EnrolHead";
import { type Factor, type IdentityFactors, identityFactorsQuery } from "./queries";

/** A factor that proved a code: active from now on. Its secret is no longer on this page. */
export function Proven({
  factor,
  of,
  replaced,
}: {
  factor: Factor;
  of: IdentityFactors;
  /** The factor that ended with it. */
  replaced: Factor | undefined;
}) {
  const now = useQuery(identityFactorsQuery(of.identity.id)).data ?? of;
  const may = useMay("factor.verify");
  const title = useRef<HTMLHeadingElement>(null);
  // What had the focus is gone; whoever listens is told what happened.
  useEffect(() => title.current?.focus(), []);
  return (
    <>
      <EnrolHead identity={factor.identity} beside={<Status tone="ok">active</Status>} />
      <Scroll label="What was enrolled">
        <div className="pad stack prose">
          <h2 ref={title} tabIndex={-1} className="verdict-title c-ok">
            {factor.name} is active
          </h2>
          <p className="t2">
            {factor.identity.name} proved a code. The key and the recovery codes have left this page and
            cannot be shown again.
          </p>
          <KeyValue
            wide
            facts={[
              { label: "Person", value: <EntityLink entity={factor.identity} /> },
              { label: "Proven", value: <When at={factor.provenAt} age="ago" /> },
              {
                label: "Replaced",
                value: replaced ? <bdi>{replaced.name}</bdi> : <Word>nothing</Word>,
              },
              {
                label: "Recovery codes",
                value: `${now.recoveryCodes.left} of ${now.recoveryCodes.of} left`,
              },
            ]}
          />
          <div className="row">
            {may && (
              <PageLink to={`/factors/verify/${of.identity.id}`} className="btn primary">
                Verify caller
              </PageLink>
            )}
            <PageLink to="/factors" className="btn">
              Back to Factors
            </PageLink>
            <PageLink to={entityPath(factor.identity)} className="btn">
              Open person
            </PageLink>
          </div>
        </div>
      </Scroll>
    </>
  );
}
