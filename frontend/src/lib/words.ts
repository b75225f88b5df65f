/** Ends a text with a full stop, unless it has an end of its own. */
export function sentence(text: string | undefined): string {
  if (!text) return "";
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
