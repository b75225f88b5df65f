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

/** Shows how the vault is kept now, after an act on it. */
export function useVaultChanged() {
  const client = useQueryClient();
  return (vault: Settings["vault"]) => {
    client.setQueryData(settingsQuery.queryKey, (settings) => settings && { ...settings, vault });
  };
}

export type LostLaptop = Schema<"LostLaptop">;

/** What a finder of this data folder has, and what to change. */
export const lostLaptopQuery = queryOptions({
  queryKey: ["settings", "lost laptop"],
  queryFn: ({ signal }) => dataOf(api.GET("/vault/lost-laptop", { signal })),
});
