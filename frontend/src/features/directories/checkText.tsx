import { Fragment } from "react";

// Names, filters, addresses and attributes a directory stores: a filter in brackets, a name of attribute=value
// parts, an IP address or a host with two dots, an attribute in camel case.
const stored =
  /(\([&|!]?\(?[a-zA-Z][\w-]*[=<>~][^\s;]*\)|\b[a-zA-Z][\w-]*=[^\s,;]+(?:\\,[^\s,;]*|,[a-zA-Z][\w-]*=[^\s,;]+)*|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[a-z\d-]+(?:\.[a-z\d-]+){2,}\b|\b[a-z]+[A-Z]\w*\b)/g;

/** Splits a sentence into words and what a directory stores; the latter stand at odd places. */
export function partsOf(text: string): string[] {
  return text.split(stored);
}

/** A sentence of the check, with what a directory stores in mono. */
export function CheckText({ text }: { text: string }) {
  return partsOf(text).map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move
      <span key={at} className="mono">
        {part}
      </span>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move
      <Fragment key={at}>{part}</Fragment>
    ),
  );
}

/** What a text to paste at the server is, for its button. */
export function copyLabel(text: string): string {
  const what = /\b(olcAccess|olcLimits|olcLastBind|aci)\s*:/.exec(text)?.[1];
  if (what) return `Copy ${what}`;
  return text.startsWith("dsacls ") ? "Copy dsacls" : "Copy text";
}
