/** What a path shows when it does not fit: it loses its beginning, never its end. */
export interface FittedPath {
  names: string[];
  /** How many names were dropped from the beginning. */
  dropped: number;
}

// Width of the separator and its gaps, and of a leading "…", in characters of the mono face.
const separator = 2.3;
const ellipsis = 1;

/**
 * Drops names from the beginning of a path until the rest fits into `columns` characters of the mono face.
 * The last name always stays.
 */
export function fitPath(names: string[], columns: number): FittedPath {
  let width = -separator;
  for (const name of names) width += [...name].length + separator;
  if (width <= columns) return { names, dropped: 0 };
  let dropped = 0;
  width += ellipsis + separator;
  while (dropped < names.length - 1 && width > columns) {
    width -= [...(names[dropped] ?? "")].length + separator;
    dropped++;
  }
  return { names: names.slice(dropped), dropped };
}

/** A path as one line of text, "a > b > c", for copying. */
export function pathLine(names: string[]): string {
  return names.join(" > ");
}
