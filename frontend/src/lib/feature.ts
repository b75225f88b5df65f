import type { AnyRoute } from "@tanstack/react-router";
import type { IconName } from "./icons";

/** The three groups of the sidebar: what is there, acting on it, and the record of it. */
export type FeatureGroup = "see" | "act" | "record";

/** What a feature tells the shell about itself. The sidebar and the palette show exactly what is registered. */
export interface Feature {
  id: string;
  label: string;
  icon: IconName;
  group: FeatureGroup;
  /** Path of the feature's first page. */
  path: string;
  /** Name of the count shown beside the label, one of those the server keeps. */
  count?: string;
  /** Acts offered by the command palette; each leads to a page of this feature, perhaps with a search part. */
  commands?: { label: string; path: string }[];
  /** Whether its pages can show the past: `shown` with the moment of the console, `own` with moments of their own. */
  past?: "shown" | "own";
  routes: AnyRoute[];
}
