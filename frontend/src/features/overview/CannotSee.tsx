import type { Schema } from "../../api/client";
import { entityPath } from "../../lib/entity";
import { PageLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { Status, type Tone } from "../../ui/Status";
import type { Overview } from "./queries";

const disk: Record<Overview["diskEncrypted"], { tone: Tone; text: string; help: string }> = {
  yes: { tone: "ok", text: "encrypted", help: "The disk that holds this data folder is encrypted." },
  no: {
    tone: "warn",
    text: "not encrypted",
    help: "Whoever takes the disk can read who is in which group. Turn on disk encryption.",
  },
  unknown: {
    tone: "none",
    text: "unknown",
    help: "This system does not tell whether the disk is encrypted.",
  },
};

/** What no answer of this console includes, and how safely the answers lie. */
export function CannotSee({ overview }: { overview: Overview }) {
  const { tone, text, help } = disk[overview.diskEncrypted];
  return (
    <>
      <Section title="What Gatehouse cannot see here">
        <ul className="aside">
          {overview.cannotSee.map((each) => (
            <li key={`${each.what}-${each.source?.id}`}>
              <span className="wrap">
                {each.what}
                {each.source && overview.sources.length > 1 && (
                  <span className="t3"> {each.source.name}</span>
                )}
              </span>
              <Reason of={each} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title="This computer">
        <ul className="aside">
          <li>
            <span>Disk that holds the data folder</span>
            <Status tone={tone} title={help}>
              {text}
            </Status>
          </li>
        </ul>
      </Section>
    </>
  );
}

function Reason({ of }: { of: Schema<"CannotSee"> }) {
  if (!of.source || !of.remedy) return <span className="t3">{of.why}</span>;
  return (
    <PageLink to={entityPath(of.source)} className="why" title={of.remedy}>
      {of.why}
    </PageLink>
  );
}
