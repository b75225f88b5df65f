import { auditFeature } from "../features/audit/routes";
import { directoriesFeature } from "../features/directories/routes";
import { factorsFeature } from "../features/factors/routes";
import { groupsFeature } from "../features/groups/routes";
import { historyFeature } from "../features/history/routes";
import { identitiesFeature } from "../features/identities/routes";
import { findingsFeature, overviewFeature } from "../features/overview/routes";
import { reportsFeature } from "../features/reports/routes";
import { reviewsFeature } from "../features/reviews/routes";
import { settingsFeature } from "../features/settings/routes";
import type { Feature } from "../lib/feature";

/** The one table of what exists. Sidebar, command palette and router are made from it, in this order. */
export const features: Feature[] = [
  overviewFeature,
  findingsFeature,
  identitiesFeature,
  groupsFeature,
  directoriesFeature,
  historyFeature,
  reviewsFeature,
  factorsFeature,
  reportsFeature,
  auditFeature,
  settingsFeature,
];
