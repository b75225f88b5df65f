import { useQuery } from "@tanstack/react-query";
import { useAddress } from "../../lib/address";
import { useNow } from "../../lib/clock";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { PageLink } from "../../ui/Links";
import { Band, PageHead, Scroll, Section } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { Status } from "../../ui/Status";
import { When } from "../../ui/When";
import {
  baseOf,
  type Difference,
  differenceAddress,
  differenceQuery,
  momentsOf,
  readsQuery,
  type Sentence,
  sourcesQuery,
  spanOf,
} from "./queries";
import { SentenceRows } from "./SentenceRows";
import { Span } from "./Span";

const parts: { title: string; holds(sentence: Sentence): boolean }[] = [
  { title: "Privileged groups", holds: (s) => s.about === "membership" && s.privileged },
  { title: "Groups gained and lost", holds: (s) => s.about === "membership" && !s.privileged },
  { title: "Accounts", holds: (s) => s.about === "account" },
  { title: "Groups themselves", holds: (s) => s.about === "group" },
];

/** What differs between two moments, in sentences that open into their rows. */
export function DifferencePage() {
  const [address, setAddress] = useAddress(differenceAddress);
  const reads = useQuery(readsQuery);
  const sources = useQuery(sourcesQuery);
  const now = useNow();
  const marks = reads.data?.marks ?? [];
  const base = baseOf(reads.data, now);
  const span = spanOf(address, base);
  // On the first day what is asked depends on the reads.
  const moments = reads.isPending && !address.from ? undefined : momentsOf(address, marks, now, base);
  const { source, group, identity } = address;
  const asked = moments && {
    ...moments,
    ...(source && { source }),
    ...(group && { group }),
    ...(identity && { identity }),
  };
  const answer = useQuery({ ...differenceQuery(asked ?? { from: "" }), enabled: asked !== undefined });
  return (
    <>
      <PageHead title="What changed" beside={answer.data && <Basis answer={answer.data} />} />
      <Span
        address={address}
        span={span}
        first={base !== undefined || span === "first"}
        moments={moments}
        reads={marks}
        sources={sources.data ?? []}
        onChange={(patch) => setAddress(patch)}
      />
      {(group || identity) && (
        <Band>
          <span>Only {group ? "one group" : "one person"}.</span>
          <span className="grow" />
          <button
            type="button"
            className="btn sm"
            onClick={() => setAddress({ group: undefined, identity: undefined })}
          >
            Show everything
          </button>
        </Band>
      )}
      {answer.data?.notes.map((note) => (
        <Band key={note} tone="warn">
          {note}
        </Band>
      ))}
      {answer.data && !answer.data.from.observedAt && reads.data?.first && (
        <Band>
          <span>
            Nothing had been read before <When at={reads.data.first} />, so all that the first read found
            counts as gained. In the directory it may be far older.
          </span>
          <span className="grow" />
          {base && (
            <Button
              size="sm"
              anytime
              onClick={() => setAddress({ span: "first", from: undefined, to: undefined })}
            >
              Since the first read
            </Button>
          )}
        </Band>
      )}
      <Scroll label="Differences">
        {reads.isError && !moments ? (
          <ErrorState
            error={reads.error}
            what="The reads could not be listed."
            onRetry={() => void reads.refetch()}
          />
        ) : reads.data && !reads.data.first ? (
          <EmptyState
            act={
              <PageLink to="/directories" className="btn">
                Open directories
              </PageLink>
            }
          >
            No directory has been read yet. What changes stands here from the first read on.
          </EmptyState>
        ) : answer.isError ? (
          <ErrorState
            error={answer.error}
            what="The two moments could not be compared."
            onRetry={() => void answer.refetch()}
          />
        ) : !moments && reads.data ? (
          <EmptyState>There are not yet two reads that changed something.</EmptyState>
        ) : !answer.data || !asked ? (
          <LoadingRows />
        ) : answer.data.sentences.length === 0 ? (
          <EmptyState>
            Nothing differs between the two, as far as the directories were read.{" "}
            {answer.data.from.observedAt && answer.data.from.observedAt === answer.data.to.observedAt
              ? "No read in between brought a change."
              : ""}
          </EmptyState>
        ) : (
          parts.map(({ title, holds }) => {
            const sentences = answer.data.sentences.filter(holds);
            if (sentences.length === 0) return null;
            return (
              <Section key={title} title={title} beside={countText(sentences.length)} top={false}>
                {sentences.map((sentence) => (
                  <Line
                    key={sentence.id}
                    sentence={sentence}
                    several={!address.source && (sources.data?.length ?? 0) > 1}
                    open={address.open === sentence.id}
                    onToggle={(open) => setAddress({ open: open ? sentence.id : undefined })}
                  >
                    <SentenceRows
                      asked={asked}
                      sentence={sentence.id}
                      count={sentence.count}
                      ways={sentence.causes.length}
                    />
                  </Line>
                ))}
              </Section>
            );
          })
        )}
      </Scroll>
    </>
  );
}

/** The moments compared, as they were observed. */
function Basis({ answer: { from, to } }: { answer: Difference }) {
  return (
    <span className="t2 ell">
      {from.observedAt ? (
        <>
          from what was observed <When at={from.observedAt} />
        </>
      ) : (
        "from before the first read"
      )}{" "}
      {to.observedAt && (
        <>
          to what was observed <When at={to.observedAt} />
        </>
      )}
    </span>
  );
}

function Line({
  sentence,
  several,
  open,
  onToggle,
  children,
}: {
  sentence: Sentence;
  /** It is not clear by itself which source it is of. */
  several: boolean;
  open: boolean;
  onToggle(open: boolean): void;
  children: React.ReactNode;
}) {
  const tone = sentence.privileged ? (sentence.kind === "gained" ? "danger" : "warn") : "none";
  if (!sentence.hasRows)
    return (
      <div className="sentence">
        <Status tone="none">{sentence.text}</Status>
      </div>
    );
  return (
    <>
      <button type="button" className="sentence" aria-expanded={open} onClick={() => onToggle(!open)}>
        <Icon name="right" />
        <Status tone={tone}>
          <bdi>{sentence.text}</bdi>
        </Status>
        {several && <span className="t3 nw">{sentence.source?.name}</span>}
        <span className="grow" />
        <span className="t2">{countText(sentence.count)}</span>
      </button>
      {open && children}
    </>
  );
}
