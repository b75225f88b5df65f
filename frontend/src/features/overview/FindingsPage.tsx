import { useState } from "react";
import { useMay } from "../../api/session";
import { useAddress } from "../../lib/address";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";
import { BaselineDialog } from "./BaselineDialog";
import { CheckTable } from "./CheckTable";
import { FindingList } from "./FindingList";
import { askedOf, type FindingsView, findingsAddress, viewOf } from "./queries";
import { RulesDialog } from "./RulesDialog";
import { TopFindings } from "./TopFindings";

const views: { value: FindingsView; label: string }[] = [
  { value: "top", label: "Riskiest" },
  { value: "list", label: "All open" },
  { value: "accepted", label: "Accepted" },
  { value: "checks", label: "Checks" },
];

/** Everything the checks noticed: the riskiest twenty first. */
export function FindingsPage() {
  const [address, setAddress] = useAddress(findingsAddress);
  const mayAccept = useMay("finding.manage") === true;
  const mayExport = useMay("report.run");
  const [asked, setAsked] = useState(false);
  const [rules, setRules] = useState(false);
  const view = viewOf(address);
  const closeBaseline = () => {
    setAsked(false);
    if (address.baseline) setAddress({ baseline: undefined });
  };
  return (
    <>
      <PageHead
        title="Findings"
        beside={
          <Segmented
            small
            label="What is shown"
            value={view}
            choices={views}
            onChange={(to) =>
              setAddress(
                to === "top" || to === "checks"
                  ? {
                      view: to,
                      kind: undefined,
                      risk: undefined,
                      source: undefined,
                      group: undefined,
                      q: undefined,
                      open: undefined,
                    }
                  : { view: to, open: undefined },
              )
            }
          />
        }
        acts={
          <>
            {mayExport && view !== "checks" && (
              <PageLink
                to="/reports/findings"
                className="btn"
                search={{ ...askedOf(address), state: view === "accepted" ? "accepted" : "open" }}
              >
                <Icon name="download" /> Export…
              </PageLink>
            )}
            {mayAccept &&
              (view === "checks" ? (
                <Button onClick={() => setRules(true)}>Change thresholds…</Button>
              ) : (
                view !== "accepted" && <Button onClick={() => setAsked(true)}>Accept as baseline…</Button>
              ))}
          </>
        }
      />
      {view === "top" ? (
        <Scroll label="Riskiest findings">
          <TopFindings />
        </Scroll>
      ) : view === "checks" ? (
        <Scroll label="Checks">
          <CheckTable />
        </Scroll>
      ) : (
        <FindingList key={view} accepted={view === "accepted"} address={address} setAddress={setAddress} />
      )}
      {(asked || (address.baseline && mayAccept)) && <BaselineDialog onClose={closeBaseline} />}
      {rules && <RulesDialog onClose={() => setRules(false)} />}
    </>
  );
}
