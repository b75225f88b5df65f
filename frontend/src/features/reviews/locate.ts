import type { QueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import { type ItemFilter, itemList } from "./queries";
import type { RowMap } from "./rowMap";
import type { Item } from "./verdicts";

const step = 500;

/** The first undecided item after a number, by the list's filter; from the top again when there is none below. */
export async function findUndecided(
  client: QueryClient,
  campaign: string,
  filter: ItemFilter,
  after: number,
): Promise<Item | undefined> {
  const from = (number: number) =>
    client.fetchQuery({
      queryKey: ["reviews", "next", campaign, filter, number],
      queryFn: ({ signal }) =>
        dataOf(
          api.GET("/reviews/{id}/items", {
            signal,
            params: {
              path: { id: campaign },
              query: { ...filter, verdict: "undecided", after: number, limit: 1 },
            },
          }),
        ),
      staleTime: 0,
    });
  const below = (await from(after)).items[0];
  return below ?? (after > 0 ? (await from(0)).items[0] : undefined);
}

/** Where an item stands in the list; undefined if the filter leaves it out. */
export async function offsetOf(
  client: QueryClient,
  campaign: string,
  filter: ItemFilter,
  map: RowMap,
  item: Pick<Item, "item" | "group">,
): Promise<number | undefined> {
  const start = map.startOf(item.group.id);
  if (start === undefined) return undefined;
  const list = itemList(campaign, { ...filter, group: item.group.id });
  for (let offset = 0; ; offset += step) {
    const page = await client.fetchQuery({
      queryKey: [...list.key, "locate", offset],
      queryFn: ({ signal }) => list.fetch({ offset, limit: step, signal }),
      staleTime: 0,
    });
    const at = page.items.findIndex((each) => each.item === item.item);
    if (at >= 0) return start + offset + at;
    if (page.items.length < step) return undefined;
  }
}
