import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useGo } from "../../lib/address";
import { entityPath } from "../../lib/entity";
import { Button } from "../../ui/Button";
import { Inspector, InspectorSection } from "../../ui/Inspector";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink } from "../../ui/Links";
import { ErrorState, LoadingRows } from "../../ui/States";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { FactorStatus, kindWords } from "./factorColumns";
import { NewCodes } from "./NewCodes";
import { type Factor, identityFactorsQuery } from "./queries";
import { RevokeFactor } from "./RevokeFactor";

/** One factor beside the list: facts, the person's recovery codes and other factors, and what can be done. */
export function FactorInspector({
  factor,
  may,
  onClose,
}: {
  factor: Factor;
  /** Whether this operator may replace and revoke. */
  may: boolean;
  onClose(): void;
}) {
  const go = useGo();
  const of = useQuery(identityFactorsQuery(factor.identity.id));
  const [asking, setAsking] = useState<"revoke" | "codes">();
  const standing = factor.state === "active" || factor.state === "pending";
  const codes = of.data?.recoveryCodes;
  const others = of.data?.factors.filter((each) => each.id !== factor.id) ?? [];
  return (
    <Inspector
      title={factor.name}
      subtitle={
        <p className="ell">
          one-time code of <EntityLink entity={factor.identity} />
        </p>
      }
      acts={
        <PageLink to={entityPath(factor.identity)} className="btn sm">
          Open person
        </PageLink>
      }
      onClose={onClose}
      dock={
        may &&
        standing && (
          <>
            {factor.state === "active" && (
              <>
                <Button
                  size="sm"
                  onClick={() => go(`/factors/enrol/${factor.identity.id}`, { replaces: factor.id })}
                >
                  Replace…
                </Button>
                <Button size="sm" onClick={() => setAsking("codes")}>
                  New recovery codes…
                </Button>
              </>
            )}
            <span className="grow" />
            <Button size="sm" look="danger" onClick={() => setAsking("revoke")}>
              Revoke…
            </Button>
          </>
        )
      }
    >
      <InspectorSection title="Factor" aside={<FactorStatus state={factor.state} />}>
        <KeyValue
          facts={[
            { label: "Kind", value: <bdi>{kindWords[factor.kind]}</bdi> },
            { label: "Used for", value: "verifying callers" },
            { label: "Enrolled", value: <When at={factor.enrolledAt} age="ago" /> },
            factor.state === "pending" && {
              label: "Lapses",
              value: <When at={factor.lapsesAt} form="clock" age="ago" />,
            },
            {
              label: "Proven",
              value: factor.provenAt ? <When at={factor.provenAt} age="ago" /> : <Word>not yet</Word>,
            },
            {
              label: "Last used",
              value: factor.lastUsedAt ? <When at={factor.lastUsedAt} age="ago" /> : <Word>never</Word>,
            },
            Boolean(factor.endedAt) && { label: "Ended", value: <When at={factor.endedAt} age="ago" /> },
          ]}
        />
        {factor.endReason && <p className="t2 wrap">{factor.endReason}</p>}
      </InspectorSection>
      {of.isError ? (
        <ErrorState
          error={of.error}
          what="The recovery codes could not be counted."
          onRetry={() => void of.refetch()}
        />
      ) : !codes ? (
        <LoadingRows rows={2} />
      ) : (
        <>
          <InspectorSection title="Recovery codes">
            {codes.of === 0 ? (
              <Word>none</Word>
            ) : (
              <div className="mini">
                <span>
                  {codes.left} of {codes.of} left
                </span>
                <span className="age">
                  made <When at={codes.madeAt} form="day" age="ago" />
                </span>
              </div>
            )}
          </InspectorSection>
          {others.length > 0 && (
            <InspectorSection title="Other factors of this person">
              {others.map((each) => (
                <div key={each.id} className="mini">
                  <PageLink to="/factors" search={{ open: each.id }} className="ell">
                    <bdi>{each.name}</bdi>
                  </PageLink>
                  <FactorStatus state={each.state} />
                </div>
              ))}
            </InspectorSection>
          )}
        </>
      )}
      {asking === "revoke" && (
        <RevokeFactor factor={factor} of={of.data} onClose={() => setAsking(undefined)} />
      )}
      {asking === "codes" && (
        <NewCodes factor={factor} left={codes?.left ?? 0} onClose={() => setAsking(undefined)} />
      )}
    </Inspector>
  );
}
