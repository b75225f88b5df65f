import { useGo } from "../../lib/address";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { Allowed } from "./Allowed";
import { PersonPicker } from "./PersonPicker";
import { enrolTitle, verifyTitle } from "./titles";

/** Asks for whom a one-time code is to be enrolled. */
export function EnrolForPage() {
  const go = useGo();
  return (
    <Allowed permission="factor.manage" title={enrolTitle}>
      <PageHead title={enrolTitle} crumb={<PageLink to="/factors">Factors</PageLink>} />
      <Scroll label={enrolTitle}>
        <PersonPicker label="For whom?" onPick={(id) => go(`/factors/enrol/${id}`)} />
      </Scroll>
    </Allowed>
  );
}

/** Asks who says they are calling. */
export function CallerPage() {
  const go = useGo();
  return (
    <Allowed permission="factor.verify" title={verifyTitle}>
      <PageHead title={verifyTitle} crumb={<PageLink to="/factors">Factors</PageLink>} />
      <Scroll label={verifyTitle}>
        <PersonPicker label="Who says they are calling?" onPick={(id) => go(`/factors/verify/${id}`)} />
      </Scroll>
    </Allowed>
  );
}
