import { Tooltip } from "@mantine/core";
import type { ComponentProps, MouseEvent, ReactNode } from "react";
import type { IconName } from "../lib/icons";
import { pastReason, usePast } from "../lib/past";
import { Icon } from "./Icon";

export interface ButtonProps extends Omit<ComponentProps<"button">, "children" | "disabled" | "type"> {
  children?: ReactNode;
  icon?: IconName;
  /** At most one primary a screen. `danger` removes something; `final` is its last step and cannot be undone. */
  look?: "primary" | "danger" | "final" | "ghost";
  size?: "sm" | "lg";
  /** Why the act is not possible now. The button stays reachable by keyboard, greyed, and says so. */
  reason?: string | false | undefined;
  submit?: boolean;
  /** Possible while the past is shown: it acts on nothing. Else an act waits for the way back to now. */
  anytime?: boolean;
}

/** A verb and, where needed, a noun. Without children the icon stands alone and needs an aria-label. */
export function Button({
  children,
  icon,
  look,
  size,
  reason: why,
  submit,
  anytime,
  onClick,
  ...rest
}: ButtonProps) {
  const past = usePast();
  const reason = past && !anytime && look && look !== "ghost" ? pastReason : why;
  const names = ["btn", look === "final" ? "danger final" : look, size, !children && "icon"];
  const button = (
    <button
      {...rest}
      type={submit ? "submit" : "button"}
      className={names.filter(Boolean).join(" ")}
      aria-disabled={reason ? true : rest["aria-disabled"]}
      onClick={(event: MouseEvent<HTMLButtonElement>) => {
        if (reason) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
  // Always inside the same element: a button that turns grey keeps the focus.
  return (
    <Tooltip
      label={reason}
      disabled={!reason}
      events={{ hover: true, focus: true, touch: true }}
      multiline
      maw={320}
    >
      {button}
    </Tooltip>
  );
}
