import type { ReactNode } from "react";
import { type Permission, useMay } from "../../api/session";
import { PageLink } from "../../ui/Links";
import { PageHead } from "../../ui/Page";
import { EmptyState, LoadingRows } from "../../ui/States";

/** The page, for an operator who may; for another the words which permission it needs and who has it. */
export function Allowed({
  permission,
  title,
  children,
}: {
  permission: Permission;
  title: string;
  children: ReactNode;
}) {
  const may = useMay(permission);
  if (may) return children;
  return (
    <>
      <PageHead title={title} crumb={<PageLink to="/factors">Factors</PageLink>} />
      {may === false ? (
        <EmptyState>
          This needs the permission {permission}, which a local administrator of this computer has.
        </EmptyState>
      ) : (
        <LoadingRows />
      )}
    </>
  );
}
