// The locale is fixed: the interface is English, and a window may run where the system locale is not a language.
const whole = new Intl.NumberFormat("en-GB");

/** 18204 as "18,204". */
export function countText(n: number): string {
  return whole.format(n);
}

/** A total as a list states it: "386", or "more than 10,000" while the server has only a lower bound. */
export function totalText(total: number, exact: boolean): string {
  return exact ? countText(total) : `more than ${countText(total)}`;
}

/** "1 account", "12 accounts"; `many` where adding an s is not enough. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${countText(n)} ${n === 1 ? one : many}`;
}

/** How many rows a list has, as the server tells it. */
export interface Total {
  total: number;
  totalIsExact: boolean;
}

/**
 * What a list says of its length: "386 people"; narrowed, "12 of 386 people", or "12 people match" where it is
 * not known how many there are in all.
 */
export function listText(noun: string, shown: Total, narrowed: boolean, all: Total | undefined): string {
  const count = totalText(shown.total, shown.totalIsExact);
  if (!narrowed || !all) return `${count} ${noun}`;
  return all.totalIsExact ? `${count} of ${countText(all.total)} ${noun}` : `${count} ${noun} match`;
}
