import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import { useAddress, useParam } from "../../lib/address";
import { ErrorPage } from "../../ui/ErrorPage";
import { LoadingRows } from "../../ui/States";
import { Allowed } from "./Allowed";
import { Enrolling } from "./Enrolling";
import { EnrolStart } from "./EnrolStart";
import { Proven } from "./Proven";
import { type Factor, type IdentityFactors, identityFactorsQuery } from "./queries";
import { enrolTitle } from "./titles";

const address = z.object({ replaces: z.string().optional().catch(undefined) });

/** Enrols a one-time code for a person: name it, scan, prove, hand over. */
export function EnrolPage() {
  const id = useParam("identity");
  return (
    <Allowed permission="factor.manage" title={enrolTitle}>
      <OfPerson key={id} id={id} />
    </Allowed>
  );
}

function OfPerson({ id }: { id: string }) {
  const of = useQuery(identityFactorsQuery(id));
  // A later read that fails must not take the page, and the secret with it, from under somebody.
  if (of.isError && !of.data)
    return (
      <ErrorPage
        error={of.error}
        what="This person's factors could not be read."
        retry={() => void of.refetch()}
      />
    );
  if (!of.data) return <LoadingRows />;
  return <Enrol of={of.data} />;
}

/**
 * The secret lives in the one answer that held it, kept by this component alone: not in the address, the query
 * cache or any storage. It is gone once a code is proven, the enrolment lapses, or the page is left.
 */
function Enrol({ of }: { of: IdentityFactors }) {
  const client = useQueryClient();
  const [{ replaces }] = useAddress(address);
  const [proven, setProven] = useState<{ factor: Factor; replaced: Factor | undefined }>();
  const [lapsed, setLapsed] = useState(false);
  const enrol = useMutation({
    gcTime: 0,
    mutationFn: (body: Schema<"EnrolFactorBody">) =>
      dataOf(api.POST("/identities/{id}/factors", { params: { path: { id: of.identity.id } }, body })),
    onSuccess: () => setLapsed(false),
  });
  const { reset } = enrol;
  const lapse = useCallback(() => {
    setLapsed(true);
    reset();
    void client.invalidateQueries({ queryKey: ["factors"] });
  }, [client, reset]);
  const done = (factor: Factor) => {
    setProven({ factor, replaced: of.factors.find((each) => each.id === enrol.variables?.replaces) });
    reset();
    void client.invalidateQueries({ queryKey: ["factors"] });
  };
  if (proven) return <Proven {...proven} of={of} />;
  if (enrol.data)
    return (
      <Enrolling
        enrolment={enrol.data}
        of={of}
        replaces={enrol.variables.replaces}
        onProven={done}
        onLapsed={lapse}
      />
    );
  return (
    <EnrolStart
      of={of}
      replaces={replaces}
      lapsed={lapsed}
      busy={enrol.isPending}
      error={enrol.error}
      onStart={(body) => enrol.mutate(body)}
    />
  );
}
