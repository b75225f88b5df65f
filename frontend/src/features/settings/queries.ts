import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";

export type Settings = Schema<"Settings">;

/** The settings of this data folder. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => dataOf(api.GET("/settings", { signal })),
});

/** Changes settings; what is left out stays. */
export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schema<"ChangeSettingsBody">) => dataOf(api.PUT("/settings", { body })),
    onSuccess: async (settings) => {
      client.setQueryData(settingsQuery.queryKey, settings);
      await client.invalidateQueries({ queryKey: ["session"] });
    },
  });
}
