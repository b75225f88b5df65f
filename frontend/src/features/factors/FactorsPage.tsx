import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { useAddress, useGo, useParam } from "../../lib/address";
import { plural, totalText } from "../../lib/number";
import { useOpenRow } from "../../lib/openRow";
import { Button } from "../../ui/Button";
import { DataTable } from "../../ui/DataTable";
import { FilterBar } from "../../ui/FilterBar";
import { PageLink } from "../../ui/Links";
import { PageHead, Split } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { FactorInspector } from "./FactorInspector";
import { factorColumns, factorFilters } from "./factorColumns";
import { factorList, factorsAddress } from "./queries";
import { SignInCoverage } from "./SignInCoverage";

/** Every enrolled factor, newest first, below what the directories enforce. */
export function FactorsPage() {
  const [address, setAddress] = useAddress(factorsAddress);
  // A link to one factor opens it in the list.
  const linked = useParam("id");
  const open = address.open ?? (linked || undefined);
  const mayManage = useMay("factor.manage") === true;
  const mayVerify = useMay("factor.verify") === true;
  const list = factorList(address);
  const rows = usePages(list.key, list.fetch);
  const shown = useOpenRow(rows, (factor) => factor.id, open);
  const go = useGo();
  const narrowed = Boolean(address.q || address.state);
  const close = () => (linked ? go("/factors") : setAddress({ open: undefined }));
  const select = (factor: { id: string }) =>
    linked ? go("/factors", { ...address, open: factor.id }) : setAddress({ open: factor.id });
  const enrol = "Enrol for a person…";
  return (
    <>
      <PageHead
        title="Factors"
        acts={
          <>
            {mayVerify && (
              <PageLink to="/factors/verify" className="btn">
                Verify a caller…
              </PageLink>
            )}
            {mayManage && (rows.total > 0 || narrowed) && (
              <Button look="primary" onClick={() => go("/factors/enrol")}>
                {enrol}
              </Button>
            )}
          </>
        }
      />
      <SignInCoverage />
      <FilterBar
        filters={factorFilters}
        values={address}
        onChange={(id, value) => setAddress({ [id]: value, open: undefined })}
        search={address.q ?? ""}
        onSearch={(q) => setAddress({ q: q || undefined })}
        total={
          rows.loading
            ? ""
            : rows.totalIsExact
              ? plural(rows.total, "factor")
              : `${totalText(rows.total, false)} factors`
        }
      />
      <Split
        inspector={shown && <FactorInspector key={shown.id} factor={shown} may={mayManage} onClose={close} />}
      >
        <DataTable
          label="Factors"
          columns={factorColumns}
          rows={rows}
          rowKey={(factor) => factor.id}
          sort=""
          onSort={() => {}}
          selected={open}
          onSelect={select}
          onOpen={select}
          onClose={close}
          empty={
            narrowed ? (
              <EmptyState>No factor fits these filters.</EmptyState>
            ) : (
              <EmptyState
                act={
                  mayManage && (
                    <Button look="primary" onClick={() => go("/factors/enrol")}>
                      {enrol}
                    </Button>
                  )
                }
              >
                Nobody can be verified as a caller yet: no one-time code has been enrolled.
              </EmptyState>
            )
          }
        />
      </Split>
    </>
  );
}
