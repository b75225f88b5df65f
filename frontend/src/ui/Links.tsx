import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { entityPath, type Ref } from "../lib/entity";
import { countText } from "../lib/number";

type Search = Record<string, string | undefined>;

interface LinkProps {
  to: string;
  search?: Search;
  className?: string;
  title?: string;
  "aria-label"?: string;
  children: ReactNode;
}

/** A link to a page of the console. */
export function PageLink({ to, search = {}, ...rest }: LinkProps) {
  return <Link to={to} search={() => search} {...rest} />;
}

/** The name of a record, linked to its page. `mono` for what a directory stores (login, cn). */
export function EntityLink({
  entity,
  mono,
  danger,
  strong,
  search,
  children,
}: {
  entity: Pick<Ref, "kind" | "id" | "name" | "detail">;
  mono?: boolean;
  danger?: boolean;
  strong?: boolean;
  search?: Search;
  children?: ReactNode;
}) {
  const names = [strong && "b", mono && "mono", danger && "c-danger"].filter(Boolean).join(" ");
  return (
    <PageLink to={entityPath(entity)} className={names} title={entity.detail} {...(search && { search })}>
      {children ?? <bdi>{entity.name}</bdi>}
    </PageLink>
  );
}

/** A number that opens into its rows. Zero opens nothing, so it is plain. */
export function NumberLink({
  value,
  to,
  search,
  label,
}: {
  value: number;
  to: string;
  search?: Search;
  /** What the number counts, for those who hear it: "accounts of Mei-Lin Aasen". */
  label?: string;
}) {
  if (value === 0) return <span className="t3">0</span>;
  return (
    <PageLink
      to={to}
      className="n"
      {...(search && { search })}
      {...(label && { "aria-label": `${countText(value)} ${label}` })}
    >
      {countText(value)}
    </PageLink>
  );
}

/** "why?": asks for the reason of a claim. */
export function WhyLink({ to, search, about }: { to: string; search?: Search; about: string }) {
  return (
    <PageLink to={to} className="why" aria-label={`why ${about}?`} {...(search && { search })}>
      why?
    </PageLink>
  );
}
