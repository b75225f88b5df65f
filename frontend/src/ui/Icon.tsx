import { type IconName, icons } from "../lib/icons";

/** A 16 px line icon; decoration only, so a name belongs beside it or on its button. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg className={className ? `i ${className}` : "i"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={icons[name]} />
    </svg>
  );
}
