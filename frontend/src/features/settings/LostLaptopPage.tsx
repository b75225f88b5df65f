import { useQuery } from "@tanstack/react-query";
import { countText } from "../../lib/number";
import { CopyButton } from "../../ui/Copy";
import { KeyValue } from "../../ui/KeyValue";
import { EntityLink, PageLink } from "../../ui/Links";
import { Note, PageHead, Scroll, Section } from "../../ui/Page";
import { RiskStatus } from "../../ui/Risk";
import { EmptyState, ErrorState, LoadingRows } from "../../ui/States";
import { When } from "../../ui/When";
import { diskWords, lostLaptopText } from "./lostLaptopText";
import { type LostLaptop, lostLaptopQuery } from "./queries";

/** What a finder of this computer has, and what to change, worst first. */
export function LostLaptopPage() {
  const loss = useQuery(lostLaptopQuery);
  const { data } = loss;
  return (
    <>
      <PageHead
        title="If this computer is lost"
        crumb={<PageLink to="/settings">Settings</PageLink>}
        acts={data && <CopyButton text={() => lostLaptopText(data, new Date())} label="Copy list" />}
      />
      <Scroll label="If this computer is lost">
        {data ? (
          <>
            <Finder loss={data} />
            <Rotate rotate={data.rotate} />
            <Section
              title="What lies in the folder unsealed"
              beside="readable with its history to whoever opens the file"
            >
              <div className="pad prose" style={{ paddingTop: 0 }}>
                <KeyValue
                  wide
                  facts={data.exposed.map((each) => ({ label: each.what, value: countText(each.count) }))}
                />
              </div>
            </Section>
          </>
        ) : loss.error ? (
          <ErrorState
            error={loss.error}
            what="What a finder has could not be told."
            onRetry={() => void loss.refetch()}
          />
        ) : (
          <LoadingRows />
        )}
      </Scroll>
    </>
  );
}

function Finder({ loss }: { loss: LostLaptop }) {
  return (
    <Section title="What a finder needs" beside="to open the secrets" top={false}>
      <div className="pad stack prose" style={{ paddingTop: 0 }}>
        <Note {...(loss.disk !== "yes" && { tone: "warn" as const })}>{diskWords[loss.disk]}</Note>
        {loss.opens.length > 0 ? (
          <ul className="stack">
            {loss.opens.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        ) : (
          <p className="t2">Nothing is sealed, so there is no secret to open.</p>
        )}
        <p className="t2">Copy this list to where you can read it without this computer.</p>
      </div>
    </Section>
  );
}

function Rotate({ rotate }: { rotate: LostLaptop["rotate"] }) {
  return (
    <Section title="What to change" beside="worst first">
      {rotate.length === 0 ? (
        <EmptyState>
          There is nothing to change: no password is stored, and nobody has a factor or a session.
        </EmptyState>
      ) : (
        <ol className="loss">
          {rotate.map((each) => (
            <li key={`${each.what} ${each.where}`}>
              <RiskStatus finding={{ risk: each.risk, label: each.risk }} />
              <div>
                <p>
                  <span className="b">{each.what}</span>
                  {each.about && (
                    <>
                      {" "}
                      for <EntityLink entity={each.about} />
                    </>
                  )}{" "}
                  <bdi className={each.about ? "mono t2" : "t2"}>{each.where}</bdi>
                </p>
                <p className="t2">{each.how}</p>
              </div>
              {each.about && (
                <span className="sm t2">
                  set <When at={each.setAt} form="day" age="ago" />
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
