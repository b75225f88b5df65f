import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { sessionQuery } from "../../api/session";
import type { Ref } from "../../lib/entity";
import { type Detail, personQuery } from "./queries";

const nameOf = (campaign: string) => `gatehouse-deciding-as-${campaign}`;

function remembered(campaign: string): string | undefined {
  try {
    return localStorage.getItem(nameOf(campaign)) ?? undefined;
  } catch {
    return undefined; // storage is closed to this page: it is asked again
  }
}

/**
 * The person in whose name decisions are recorded: the one the address names, else the one chosen last for this
 * campaign on this computer. Operators are not authenticated as that person, so each decision also keeps who
 * recorded it.
 */
export function useDecidingAs(
  campaign: Detail,
  inAddress: string | undefined,
  setAddress: (id: string | undefined) => void,
): [Ref | undefined, (person: Ref | undefined) => void] {
  const [kept, setKept] = useState(() => remembered(campaign.id));
  const id = inAddress ?? kept;
  const reviewer = campaign.reviewers.find((each) => each.reviewer?.id === id)?.reviewer;
  const person = useQuery({ ...personQuery(id ?? ""), enabled: Boolean(id) && !reviewer });
  const choose = useCallback(
    (next: Ref | undefined) => {
      setKept(next?.id);
      setAddress(next?.id);
      try {
        if (next) localStorage.setItem(nameOf(campaign.id), next.id);
        else localStorage.removeItem(nameOf(campaign.id));
      } catch {
        // it holds until the page is closed
      }
    },
    [campaign.id, setAddress],
  );
  const found: Ref | undefined =
    reviewer ?? (person.data && { kind: "identity", id: person.data.id, name: person.data.name });
  return [id ? found : undefined, choose];
}

/** Who sits at the console, for the sentence that a decision is recorded by them. */
export function useOperator(): string {
  return useQuery(sessionQuery).data?.actor ?? "this operator";
}
