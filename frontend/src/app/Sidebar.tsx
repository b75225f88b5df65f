import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import type { Schema } from "../api/client";
import { entityPath } from "../lib/entity";
import type { Feature, FeatureGroup } from "../lib/feature";
import { countText } from "../lib/number";
import { Icon } from "../ui/Icon";
import { PageLink } from "../ui/Links";
import type { Tone } from "../ui/Status";
import { When } from "../ui/When";
import { features } from "./features";
import { coverageQuery, openReviewsQuery, overviewQuery, sessionQuery, sourcesQuery } from "./queries";

const groups: FeatureGroup[] = ["see", "act", "record"];

/** Where one is: the registered features in three groups, and the sources with their age, on every page. */
export function Sidebar() {
  const session = useQuery(sessionQuery);
  const overview = useQuery(overviewQuery);
  const sources = useQuery(sourcesQuery);
  const reviews = useQuery(openReviewsQuery);
  const coverage = useQuery(coverageQuery);
  const counts: Record<string, number | undefined> = {
    findings: overview.data?.findingTotal,
    identities: overview.data?.identities,
    groups: overview.data?.groups,
    sources: sources.data?.length,
    reviews: reviews.data?.total,
    callers: coverage.data?.callers,
  };
  return (
    <aside className="side" data-pane="sidebar">
      <PageLink to="/" className="brand">
        <Icon name="gate" />
        <span>Gatehouse</span>
        <small className="ell">{session.data?.organisation}</small>
      </PageLink>
      <nav className="nav" aria-label="Sections">
        {groups.map((group) => {
          const entries = features.filter((feature) => feature.group === group);
          return (
            entries.length > 0 && (
              <ul key={group}>
                {entries.map((feature) => (
                  <Entry
                    key={feature.id}
                    feature={feature}
                    count={feature.count ? counts[feature.count] : undefined}
                  />
                ))}
              </ul>
            )
          );
        })}
      </nav>
      {sources.data && sources.data.length > 0 && <Freshness sources={sources.data} />}
    </aside>
  );
}

function Entry({ feature, count }: { feature: Feature; count: number | undefined }) {
  const { pathname } = useLocation();
  const here = feature.path === "/" ? pathname === "/" : `${pathname}/`.startsWith(`${feature.path}/`);
  return (
    <li>
      <Link to={feature.path} search={() => ({})} aria-current={here ? "page" : undefined}>
        <Icon name={feature.icon} />
        <span>{feature.label}</span>
        {count !== undefined && <span className="count">{countText(count)}</span>}
      </Link>
    </li>
  );
}

const tones: Record<Schema<"Source">["status"], Tone> = {
  never: "none",
  reading: "accent",
  complete: "ok",
  held: "warn",
  partial: "warn",
  stale: "warn",
  configChanged: "warn",
};

function Freshness({ sources }: { sources: Schema<"Source">[] }) {
  return (
    <section className="fresh" aria-label="Sources">
      <h2>
        Sources <span>last complete read</span>
      </h2>
      <ul>
        {sources.map((source) => (
          <li key={source.id}>
            <div>
              <PageLink
                to={entityPath({ kind: "source", id: source.id })}
                className={`st ${tones[source.status]}`}
                title={source.name}
              >
                <span className="ell">{source.name}</span>
              </PageLink>
              {source.lastComplete?.endedAt && <When at={source.lastComplete.endedAt} onlyAge />}
            </div>
            <div className="ell" title={source.statusText}>
              {source.statusText}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
