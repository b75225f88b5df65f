import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
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

/** How far a run has come: "reading, 1,204 of about 1,214 entries". `before` is the last complete run. */
export function progressText(
  run: Pick<Schema<"Run">, "phase" | "progress">,
  before?: Pick<Schema<"Run">, "read">,
): string {
  const phase = run.phase || "reading";
  if (!run.progress) return phase;
  const about = before && before.read >= run.progress ? ` of about ${countText(before.read)}` : "";
  return `${phase}, ${countText(run.progress)}${about} entries`;
}
