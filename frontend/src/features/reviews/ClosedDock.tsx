import { EntityLink } from "../../ui/Links";
import { When } from "../../ui/When";
import type { Detail } from "./queries";

/** In the place of the decision once a campaign is closed. */
export function ClosedDock({ campaign }: { campaign: Detail }) {
  return (
    <p className="t2">
      Closed <When at={campaign.closedAt} />
      {campaign.signer && (
        <>
          {" "}
          by <EntityLink entity={campaign.signer} />
        </>
      )}
      . No decision can be changed.
    </p>
  );
}

/** In the place of the decision for those who may only look. */
export function MayNotDock() {
  return (
    <p className="t2">
      Recording a decision needs the permission review.decide, which a local administrator of this computer
      has.
    </p>
  );
}
