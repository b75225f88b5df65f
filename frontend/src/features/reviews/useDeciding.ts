import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { ApiError } from "../../lib/problem";
import { type Detail, type ItemDetail, itemQuery } from "./queries";
import { type Draft, emptyDraft, endOfDay, type Item, itemsSeen } from "./verdicts";

/** What became of the last decision. */
export interface Outcome {
  verdict: Draft["verdict"];
  recorded: number;
  event: number;
  notRecorded: Schema<"NotRecorded">[];
}

/** Decisions in the making and on their way. */
export interface Deciding {
  draft(key: string): Draft;
  change(key: string, draft: Draft): void;
  /** Records a draft for some items. What is refused stays as a draft, its reason too. */
  record(key: string, draft: Draft, items: readonly Item[], as: string): void;
  busy: boolean;
  /** Why nothing of it was recorded, and for which draft. */
  failed: { key: string; error: unknown } | undefined;
  outcome: Outcome | undefined;
  forget(): void;
}

// So many items are asked about one by one after a refusal.
const askedSingly = 25;

/** Keeps a draft for each item and one for the selection, and records them. */
export function useDeciding(
  campaign: string,
  onRecorded: (key: string, decided: Schema<"Decided">) => void,
): Deciding {
  const client = useQueryClient();
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [outcome, setOutcome] = useState<Outcome>();
  const change = useCallback(
    (key: string, draft: Draft) => setDrafts((old) => ({ ...old, [key]: draft })),
    [],
  );

  const show = (items: readonly Item[]) => {
    const newer = new Map(items.map((item) => [item.item, item]));
    client.setQueriesData<{ items: Item[] }>({ queryKey: ["reviews", "items", campaign] }, (page) =>
      page?.items.some((item) => newer.has(item.item))
        ? { ...page, items: page.items.map((item) => newer.get(item.item) ?? item) }
        : page,
    );
    for (const item of items)
      client.setQueryData<ItemDetail>(
        itemQuery(campaign, item.item).queryKey,
        (old) => old && { ...old, ...item },
      );
  };
  // Items whose decision is on its way: a second press would name what it has just replaced.
  const underWay = useRef(new Set<number>());

  const mutation = useMutation({
    mutationFn: ({ draft, items, as }: { key: string; draft: Draft; items: readonly Item[]; as: string }) =>
      dataOf(
        api.POST("/reviews/{id}/decisions", {
          params: { path: { id: campaign } },
          body: {
            items: itemsSeen(draft, items),
            verdict: draft.verdict ?? "undecided",
            decidedBy: as,
            ...(draft.reason.trim() && { reason: draft.reason.trim() }),
            ...(draft.verdict === "exception" && { until: endOfDay(draft.until).toISOString() }),
          },
        }),
      ),
    onMutate: () => setOutcome(undefined),
    // What the answer does not bring (the history, the groups' numbers) the notice of the decision asks for.
    onSuccess: (decided, { key, draft }) => {
      const { recorded, notRecorded, event, arithmetic } = decided;
      setOutcome({ verdict: draft.verdict, recorded: recorded.length, event, notRecorded });
      show([...recorded, ...notRecorded.map((each) => each.item)]);
      client.setQueryData<Detail>(["reviews", "one", campaign], (old) => old && { ...old, arithmetic });
      // The reviewer has been told how the others stand; recording again decides them knowingly.
      const seen = Object.fromEntries(notRecorded.map(({ item }) => [item.item, item.decision]));
      change(key, notRecorded.length > 0 ? { ...draft, seen } : emptyDraft);
      onRecorded(key, decided);
    },
    onError: async (error, { key, draft, items }) => {
      if (!(error instanceof ApiError) || error.problem.kind !== "conflict") return;
      const asked = items.slice(0, askedSingly);
      const now = await Promise.all(
        asked.map((each) => client.fetchQuery({ ...itemQuery(campaign, each.item), staleTime: 0 })),
      );
      show(now);
      change(key, { ...draft, seen: Object.fromEntries(now.map((each) => [each.item, each.decision])) });
      // Those not asked about one by one stand in the lists.
      if (items.length > askedSingly)
        await client.invalidateQueries({ queryKey: ["reviews", "items", campaign] });
    },
    onSettled: (_data, _error, { items }) => {
      for (const { item } of items) underWay.current.delete(item);
    },
  });
  return {
    draft: (key) => drafts[key] ?? emptyDraft,
    change,
    record: (key, draft, items, as) => {
      if (items.some(({ item }) => underWay.current.has(item))) return;
      for (const { item } of items) underWay.current.add(item);
      mutation.mutate({ key, draft, items, as });
    },
    busy: mutation.isPending,
    failed:
      mutation.error && mutation.variables
        ? { key: mutation.variables.key, error: mutation.error }
        : undefined,
    outcome,
    forget: () => {
      setOutcome(undefined);
      mutation.reset();
    },
  };
}
