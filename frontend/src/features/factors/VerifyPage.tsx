import { useQuery } from "@tanstack/react-query";
import { useGo, useParam } from "../../lib/address";
import { useKey } from "../../lib/keys";
import { Button } from "../../ui/Button";
import { ErrorPage } from "../../ui/ErrorPage";
import { Kbd } from "../../ui/Kbd";
import { PageLink } from "../../ui/Links";
import { PageHead } from "../../ui/Page";
import { LoadingRows } from "../../ui/States";
import { Allowed } from "./Allowed";
import { Ask } from "./Ask";
import { Caller } from "./Caller";
import { identityFactorsQuery, identityQuery } from "./queries";
import { verifyTitle } from "./titles";

/** Is the caller who she says? Who she is at the left, the code she reads out at the right. */
export function VerifyPage() {
  const id = useParam("identity");
  return (
    <Allowed permission="factor.verify" title={verifyTitle}>
      {/* Another person is another page: no verdict stays. */}
      <OfCaller key={id} id={id} />
    </Allowed>
  );
}

function OfCaller({ id }: { id: string }) {
  const go = useGo();
  const identity = useQuery(identityQuery(id));
  const of = useQuery(identityFactorsQuery(id));
  const another = () => go("/factors/verify");
  useKey("Escape", "Another caller", "Lists", another);
  const failed = [identity, of].find((each) => each.isError && !each.data);
  if (failed)
    return (
      <ErrorPage
        error={failed.error}
        what="This person could not be read."
        retry={() => void failed.refetch()}
      />
    );
  return (
    <>
      <PageHead
        title={verifyTitle}
        crumb={<PageLink to="/factors">Factors</PageLink>}
        acts={
          <Button onClick={another}>
            Another caller <Kbd keys="Escape" />
          </Button>
        }
      />
      {identity.data && of.data ? (
        <div className="cols verify">
          <Caller identity={identity.data} />
          <Ask of={of.data} />
        </div>
      ) : (
        <LoadingRows />
      )}
    </>
  );
}
