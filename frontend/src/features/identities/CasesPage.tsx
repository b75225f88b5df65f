import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useMay } from "../../api/session";
import { useKey } from "../../lib/keys";
import { countText, plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { Kbd } from "../../ui/Kbd";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll, Section } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { CaseCompare } from "./CaseCompare";
import { type Case, casesQuery, useRelink } from "./links";

interface Decision {
  one: Case;
  decision: "same" | "different" | "left";
  identity?: string;
}

const said = {
  same: "Decided as the same person.",
  different: "Decided as different people.",
  left: "Left.",
};

/** What the rules could not decide: one account beside the people it may be, and the reasons. */
export function CasesPage() {
  const cases = useQuery(casesQuery);
  const mayDecide = useMay("source.manage");
  const [at, setAt] = useState<string>();
  const [choice, setChoice] = useState(0);
  const items = cases.data?.items ?? [];
  const index = Math.max(
    0,
    items.findIndex((one) => one.id === at),
  );
  const one = items[index];
  const candidate = one?.candidates[Math.min(choice, one.candidates.length - 1)];
  const move = (step: number) => {
    setChoice(0);
    setAt(items[Math.min(Math.max(index + step, 0), items.length - 1)]?.id);
  };
  const decide = useRelink(
    ({ one, decision, identity }: Decision) =>
      dataOf(
        api.POST("/correlation/cases/{id}/decision", {
          params: { path: { id: one.id } },
          body: { decision, reason: "Compared side by side.", ...(identity && { identity }) },
        }),
      ),
    () => setChoice(0),
  );
  const act = (decision: Decision["decision"]) => {
    if (!one || decide.isPending) return;
    const next = items[index + 1] ?? items[index - 1];
    decide.mutate(
      { one, decision, ...(decision !== "left" && candidate && { identity: candidate.identity.id }) },
      {
        onSuccess: () => {
          setAt(next?.id);
          notifications.show({ title: one.account.name, message: said[decision] });
        },
      },
    );
  };
  useKey("j", "Next case", "Cases", () => move(1), items.length > 0);
  useKey("k", "Previous case", "Cases", () => move(-1), items.length > 0);
  useKey("1", "The same person", "Cases", () => act("same"), mayDecide && Boolean(candidate));
  useKey("2", "Different people", "Cases", () => act("different"), mayDecide && Boolean(candidate));
  useKey("s", "Skip", "Cases", () => move(1), items.length > 0);
  return (
    <>
      <PageHead
        title="Cases"
        crumb={<PageLink to="/identities">Identities</PageLink>}
        beside={cases.data && <span className="t2">{plural(cases.data.total, "open case")}</span>}
      />
      {cases.error ? (
        <ErrorState
          error={cases.error}
          what="The cases could not be read."
          onRetry={() => void cases.refetch()}
        />
      ) : !cases.data ? (
        <LoadingRows />
      ) : !one ? (
        <EmptyState>
          Nothing waits for a decision. Accounts that rules cannot tell apart appear here after a read.
        </EmptyState>
      ) : (
        <div className="cols report grow">
          <Scroll label="Compare">
            <CaseCompare one={one} {...(candidate && { candidate })} choice={choice} onChoose={setChoice} />
            {mayDecide && (
              <div className="row pad">
                <Button
                  look="primary"
                  reason={!candidate && "No candidate is left."}
                  onClick={() => act("same")}
                >
                  Same person <Kbd keys="1" />
                </Button>
                <Button reason={!candidate && "No candidate is left."} onClick={() => act("different")}>
                  Different people <Kbd keys="2" />
                </Button>
                <Button look="ghost" onClick={() => move(1)}>
                  Skip <Kbd keys="s" />
                </Button>
                <span className="grow" />
                <Button look="ghost" onClick={() => act("left")}>
                  Leave until it changes
                </Button>
              </div>
            )}
            {decide.error ? <ErrorState error={decide.error} what="Not decided." /> : null}
          </Scroll>
          <Scroll label="Open cases">
            <Section title="Open cases" beside={plural(cases.data.total, "account")} top={false}>
              <ul aria-label="Open cases">
                {items.map((each) => (
                  <li key={each.id}>
                    <button
                      type="button"
                      className="sentence"
                      aria-current={each.id === one.id ? "true" : undefined}
                      onClick={() => {
                        setChoice(0);
                        setAt(each.id);
                      }}
                    >
                      <bdi className="b nw">{each.account.name}</bdi>
                      <span className="t3 ell">{each.source.name}</span>
                      <span className="grow" />
                      <span className="t2 nw">{each.candidates[0]?.confidence ?? 0} %</span>
                    </button>
                  </li>
                ))}
              </ul>
              {cases.data.total > items.length && (
                <p className="pad t2">
                  The first {countText(items.length)}; the rest follow as these are decided.
                </p>
              )}
            </Section>
          </Scroll>
        </div>
      )}
    </>
  );
}
