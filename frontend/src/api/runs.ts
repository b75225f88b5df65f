import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { unitText } from "../lib/coverage";
import { countText } from "../lib/number";
import { api, dataOf, type Schema } from "./client";

/** How often a page looks at a run that is under way, in ms. Notices come at its end, not at each entry. */
export const readingInterval = 1000;

async function readAgain(client: QueryClient): Promise<void> {
  await Promise.all(
    ["sources", "runs", "overview"].map((root) => client.invalidateQueries({ queryKey: [root] })),
  );
}

/** Starts reading sources, those that are not being read already. Fails with the first refusal, after trying all. */
export function useStartRuns() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ sources, ...body }: { sources: string[]; preview?: boolean; full?: boolean }) => {
      const started = await Promise.allSettled(
        sources.map((id) => dataOf(api.POST("/sources/{id}/runs", { params: { path: { id } }, body }))),
      );
      const refused = started.find((each) => each.status === "rejected");
      if (refused) throw refused.reason;
      return started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    },
    onSettled: () => readAgain(client),
  });
}

/** Stops runs that are under way; what they read is thrown away. */
export function useCancelRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => dataOf(api.POST("/runs/{id}/cancel", { params: { path: { id } } })),
    onSettled: () => readAgain(client),
  });
}

type Going = Pick<Schema<"Run">, "mode" | "phase" | "progress" | "unit">;
type Before = Pick<Schema<"Run">, "mode" | "read">;

/** How many there will be, as far as the last complete run tells: not where either of them is of changes alone. */
export function expectedOf(run: Going, before: Before | undefined): number | undefined {
  const alike = run.mode === "full" && before?.mode === "full";
  return alike && run.progress && before.read >= run.progress ? before.read : undefined;
}

/** How far a run has come: "reading, 1,204 of about 1,214 entries". `before` is the last complete run. */
export function progressText(run: Going, before?: Before): string {
  const phase = run.phase || "reading";
  if (!run.progress) return phase;
  const expected = expectedOf(run, before);
  const about = expected ? `${countText(run.progress)} of about ` : "";
  return `${phase}, ${about}${unitText(expected ?? run.progress, run.unit)}`;
}
