import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useMay } from "../../api/session";
import { useAddress, useParam } from "../../lib/address";
import { countText } from "../../lib/number";
import { Button } from "../../ui/Button";
import { ErrorPage } from "../../ui/ErrorPage";
import { EntityLink, PageLink } from "../../ui/Links";
import { Band, PageHead } from "../../ui/Page";
import { LoadingRows } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { When } from "../../ui/When";
import { AssignDialog } from "./AssignDialog";
import { ChangesTab } from "./ChangesTab";
import { CloseDialog } from "./CloseDialog";
import { Due, Frozen } from "./Due";
import { EvidenceTab } from "./EvidenceTab";
import { ItemsTab } from "./ItemsTab";
import { Progress } from "./Progress";
import { type CampaignAddress, campaignAddress, campaignQuery, type Detail } from "./queries";
import { RemovalsTab } from "./RemovalsTab";
import { ReviewersTab } from "./ReviewersTab";

/** A campaign: its items to decide, who is how far, what became of the revokes, and the sums. */
export function ReviewPage() {
  const id = useParam("id");
  const campaign = useQuery(campaignQuery(id));
  if (campaign.isError)
    return (
      <ErrorPage
        error={campaign.error}
        what="This campaign could not be read."
        retry={() => void campaign.refetch()}
      />
    );
  if (!campaign.data) return <LoadingRows />;
  return <Campaign key={id} campaign={campaign.data} />;
}

function Campaign({ campaign }: { campaign: Detail }) {
  const [address, setAddress] = useAddress(campaignAddress);
  const may = useMay("review.manage");
  const [dialog, setDialog] = useState<"assign" | "close">();
  const set = useCallback((patch: Partial<CampaignAddress>) => setAddress(patch), [setAddress]);
  const open = campaign.state === "open";
  const revokes = campaign.arithmetic.revoke;
  const done = () => setDialog(undefined);
  return (
    <>
      <PageHead
        title={campaign.name}
        crumb={<PageLink to="/reviews">Reviews</PageLink>}
        acts={
          <>
            <span className="t2 nw">
              due <Due campaign={campaign} />
            </span>
            <span className="age w-only">
              frozen <Frozen campaign={campaign} />,{" "}
              <PageLink to="/audit" search={{ open: String(campaign.event) }} className="n">
                event {countText(campaign.event)}
              </PageLink>
            </span>
            {open && may && (
              <>
                <Button onClick={() => setDialog("assign")}>Assign…</Button>
                <Button onClick={() => setDialog("close")}>Close campaign…</Button>
              </>
            )}
          </>
        }
      />
      {!open && <ClosedBand campaign={campaign} />}
      <Progress id={campaign.id} sums={campaign.arithmetic} as={address.as} />
      <Tabs
        label="About this campaign"
        panel="review-panel"
        value={address.tab}
        onChange={(tab) => setAddress({ tab, item: undefined }, { push: true })}
        tabs={[
          { value: "items", label: "Items", count: countText(campaign.arithmetic.inScope) },
          { value: "reviewers", label: "By reviewer", count: countText(campaign.reviewers.length) },
          { value: "removals", label: "Removals", count: countText(revokes) },
          {
            value: "changes",
            label: "After the freeze",
            count: countText(campaign.joined + campaign.departed),
          },
          { value: "evidence", label: "Evidence" },
        ]}
      />
      <div id="review-panel" role="tabpanel" className="list grow tabbed">
        {address.tab === "items" && <ItemsTab campaign={campaign} address={address} set={set} />}
        {address.tab === "reviewers" && <ReviewersTab campaign={campaign} as={address.as} />}
        {address.tab === "removals" && <RemovalsTab campaign={campaign} state={address.state} set={set} />}
        {address.tab === "changes" && <ChangesTab campaign={campaign} op={address.op} set={set} />}
        {address.tab === "evidence" && <EvidenceTab campaign={campaign} />}
      </div>
      {dialog === "assign" && <AssignDialog campaign={campaign} onClose={done} />}
      {dialog === "close" && <CloseDialog campaign={campaign} as={address.as} onClose={done} />}
    </>
  );
}

function ClosedBand({ campaign }: { campaign: Detail }) {
  return (
    <Band>
      <span>
        <b className="b">Closed</b> <When at={campaign.closedAt} age="ago" />
        {campaign.signer && (
          <>
            , signed by <EntityLink entity={campaign.signer} strong />
          </>
        )}
        . No decision can be changed; later reads still say what became of each revoke.
      </span>
      <span className="grow" />
      <PageLink to={`/reviews/${campaign.id}`} search={{ tab: "evidence" }} className="btn sm">
        Evidence
      </PageLink>
    </Band>
  );
}
