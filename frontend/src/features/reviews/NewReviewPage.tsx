import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { z } from "zod";
import { api, dataOf } from "../../api/client";
import { useMay } from "../../api/session";
import { useAddress, useGo } from "../../lib/address";
import { useNow } from "../../lib/clock";
import type { Ref } from "../../lib/entity";
import { countText, plural } from "../../lib/number";
import { ErrorPage } from "../../ui/ErrorPage";
import { PageLink } from "../../ui/Links";
import { PageHead } from "../../ui/Page";
import { EmptyState, LoadingRows } from "../../ui/States";
import { Wizard } from "../../ui/Wizard";
import { CheckStep } from "./CheckStep";
import { itemsText } from "./ItemWords";
import { canPlan, checkGap, createBody, namesGroups, newDraft, whatGap, whoGap } from "./plan";
import { groupQuery, planQuery, useSettled } from "./queries";
import { WhatStep } from "./WhatStep";
import { WhoStep } from "./WhoStep";

const address = z.object({ group: z.string().optional().catch(undefined) });
const title = "New campaign";
const crumb = <PageLink to="/reviews">Reviews</PageLink>;

/** Freezes a new campaign, step by step; a link may name a group to begin with. */
export function NewReviewPage() {
  const may = useMay("review.manage");
  const [{ group: id }] = useAddress(address);
  const group = useQuery({ ...groupQuery(id ?? ""), enabled: Boolean(id) });
  if (may === false)
    return (
      <>
        <PageHead title={title} crumb={crumb} />
        <EmptyState>
          This needs the permission review.manage, which a local administrator of this computer has.
        </EmptyState>
      </>
    );
  if (group.isError)
    return (
      <ErrorPage error={group.error} what="The group could not be read." retry={() => void group.refetch()} />
    );
  if (!may || (id && !group.data)) return <LoadingRows />;
  const first = group.data;
  return (
    <NewReview
      groups={first ? [{ kind: "group", id: first.id, name: first.name, detail: first.source.name }] : []}
    />
  );
}

const steps = [
  { id: "what", label: "What" },
  { id: "who", label: "Who reviews" },
  { id: "check", label: "Check" },
];

function NewReview({ groups }: { groups: Ref[] }) {
  const go = useGo();
  const now = useNow();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => newDraft(new Date(), groups));
  const [at, setAt] = useState(0);
  const asked = useSettled(draft, 250);
  const plan = useQuery(planQuery(asked));
  const fresh = !canPlan(draft) || (asked === draft && !plan.isPlaceholderData && !plan.isFetching);
  const data = namesGroups(draft) ? plan.data : undefined;
  const freeze = useMutation({
    mutationFn: () => dataOf(api.POST("/reviews", { body: createBody(draft) })),
    onSuccess: async (made) => {
      client.setQueryData(["reviews", "one", made.id], made);
      go(`/reviews/${made.id}`);
      await client.invalidateQueries({ queryKey: ["reviews", "list"] });
    },
  });
  const content = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the step is what moves the focus
  useEffect(() => {
    const fields = "input:not([type=radio]), input[type=radio]:checked, textarea, [tabindex='0']";
    (content.current?.querySelector<HTMLElement>(fields) ?? content.current)?.focus();
  }, [at]);

  const gaps = [whatGap(draft), whoGap(draft, now), fresh ? checkGap(draft, data) : "Counting."];
  const gap = gaps[at];
  const last = at === steps.length - 1;
  const forward = () => {
    if (gap || freeze.isPending) return;
    if (last) freeze.mutate();
    else setAt(at + 1);
  };
  const count = data?.arithmetic.inScope ?? 0;
  return (
    <>
      <PageHead title={title} crumb={crumb} beside={<span className="t2 ell">{draft.name}</span>} />
      <Wizard
        steps={steps}
        at={at}
        summary={
          <span aria-live="polite" aria-busy={!fresh}>
            {!namesGroups(draft)
              ? "no group picked"
              : plan.isError
                ? "not counted"
                : data
                  ? `${itemsText(count)} in ${plural(data.groupCount, "group")}${fresh ? "" : ", counting"}`
                  : "counting"}
          </span>
        }
        reason={gap}
        forward={last ? `Freeze ${fresh && count > 0 ? itemsText(count) : "items"}` : "Continue"}
        {...(last && { forwardLook: "primary" as const })}
        busy={freeze.isPending}
        {...(at > 0 && { onBack: () => setAt(at - 1) })}
        onForward={forward}
        onCancel={() => go("/reviews")}
      >
        <form
          ref={content}
          className="scroll"
          tabIndex={-1}
          onSubmit={(event) => {
            event.preventDefault();
            forward();
          }}
        >
          {at === 0 && <WhatStep draft={draft} onChange={setDraft} plan={data} />}
          {at === 1 && <WhoStep draft={draft} onChange={setDraft} plan={data} now={now} />}
          {last && (
            <CheckStep
              draft={draft}
              onChange={setDraft}
              plan={data}
              counting={!fresh}
              planError={plan.error}
              onRetry={() => void plan.refetch()}
              error={freeze.error}
            />
          )}
          <button type="submit" className="sr-only" tabIndex={-1} aria-hidden="true">
            {last ? `Freeze ${countText(count)}` : "Continue"}
          </button>
        </form>
      </Wizard>
    </>
  );
}
