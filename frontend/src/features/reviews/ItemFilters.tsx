import { Tooltip } from "@mantine/core";
import type { Ref } from "../../lib/entity";
import { countText } from "../../lib/number";
import { SearchField } from "../../ui/FilterBar";
import { Icon } from "../../ui/Icon";
import { Kbd } from "../../ui/Kbd";
import { PickOne } from "../../ui/PickField";
import { ChipMenu } from "./ChipMenu";
import { type CampaignAddress, type Detail, usePeople } from "./queries";
import { useOperator } from "./useDecidingAs";
import { parts, verdictWord } from "./verdicts";

const bases = [
  { value: "", label: "any" },
  { value: "direct", label: "direct" },
  { value: "effective", label: "by nesting" },
  { value: "group", label: "group" },
  { value: "unresolved", label: "unresolved" },
];

// More reviewers than these are found on their own tab.
const mostReviewers = 40;

/** What the items are narrowed by, and in whose name decisions are recorded. */
export function ItemFilters({
  campaign,
  address,
  reviewer,
  set,
  as,
  onAs,
  total,
}: {
  campaign: Detail;
  address: CampaignAddress;
  /** The reviewer in force: an identity, "nobody" or "all". */
  reviewer: string;
  set(patch: Partial<CampaignAddress>): void;
  as: Ref | undefined;
  onAs(person: Ref | undefined): void;
  total: number;
}) {
  const reviewers = campaign.reviewers.map((each) => ({
    value: each.reviewer?.id ?? "nobody",
    label: <bdi>{each.reviewer?.name ?? "nobody"}</bdi>,
    aside: `${countText(each.decided)} of ${countText(each.items)}`,
  }));
  const listed = reviewers.filter((each, at) => at < mostReviewers || each.value === reviewer);
  const a = campaign.arithmetic;
  return (
    <div className="chips">
      <ChipMenu
        label="Reviewer"
        value={reviewer}
        neutral="all"
        choices={[{ value: "all", label: "all", aside: countText(a.inScope) }, ...listed]}
        onChange={(value) => set({ reviewer: value })}
      />
      <ChipMenu
        label="Decision"
        value={address.verdict ?? ""}
        neutral=""
        keys="f"
        choices={[
          { value: "", label: "any" },
          { value: "decided", label: "decided" },
          ...parts.map(({ verdict, of }) => ({
            value: verdict,
            label: verdictWord(verdict),
            aside: countText(Number(a[of])),
          })),
        ]}
        onChange={(value) => set({ verdict: (value || undefined) as CampaignAddress["verdict"] })}
      />
      <ChipMenu
        label="Group by"
        value={address.by}
        choices={[
          { value: "group", label: "group" },
          { value: "none", label: "nothing" },
        ]}
        onChange={(value) => set({ by: value as CampaignAddress["by"] })}
      />
      <ChipMenu
        label="Basis"
        value={address.basis ?? ""}
        neutral=""
        choices={bases}
        onChange={(value) => set({ basis: (value || undefined) as CampaignAddress["basis"] })}
      />
      {address.group && <Narrowed label="one group" onClear={() => set({ group: undefined })} />}
      {address.excluded && <Narrowed label="left out" onClear={() => set({ excluded: undefined })} />}
      <SearchField value={address.q ?? ""} onChange={(q) => set({ q: q || undefined })} />
      <span className="sm t3 nw" aria-live="polite">
        {countText(total)}
      </span>
      <span className="grow" />
      {campaign.state === "open" && <DecidingAs campaign={campaign} as={as} onAs={onAs} />}
      {campaign.state === "open" && (
        <span className="sm t2 nw w-only">
          next undecided <Kbd keys="n" />
        </span>
      )}
    </div>
  );
}

function Narrowed({ label, onClear }: { label: string; onClear(): void }) {
  return (
    <button type="button" className="chip on" onClick={onClear}>
      {label} <Icon name="x" />
      <span className="sr-only">remove this filter</span>
    </button>
  );
}

/** In whose name decisions are recorded, and what that does not prove. */
function DecidingAs({
  campaign,
  as,
  onAs,
}: {
  campaign: Detail;
  as: Ref | undefined;
  onAs(person: Ref | undefined): void;
}) {
  const operator = useOperator();
  const reviewers = campaign.reviewers.flatMap((each) => each.reviewer ?? []).slice(0, mostReviewers);
  return (
    <>
      <Tooltip
        label={`Each decision keeps who decided and who recorded it: ${operator}. Operators are not authenticated as the person who decides, and the evidence says so.`}
        events={{ hover: true, focus: true, touch: true }}
        multiline
        maw={320}
      >
        <button type="button" className="sm t2 nw quiet">
          Deciding as
        </button>
      </Tooltip>
      <PickOne
        label=""
        ariaLabel="Deciding as"
        compact
        value={as}
        onChange={onAs}
        useFound={usePeople}
        first={reviewers}
      />
    </>
  );
}
