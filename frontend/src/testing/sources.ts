import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** A source file of the front end: its path below src with forward slashes, and its text. */
export interface Source {
  path: string;
  text: string;
}

const root = resolve(import.meta.dirname, "..");

/** Every source file whose name ends in one of the endings. */
export function sources(...endings: string[]): Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join(root, path), "utf8") }));
}

/** The files of src that a file imports, as paths below src; packages are left out. */
export function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|^import\s+)["'](\.[^"']+)["']/gm);
  return [...found].map(([, to = ""]) =>
    relative(root, resolve(root, dirname(path), to)).replaceAll("\\", "/"),
  );
}

/**
 * What is wrong with an import, or undefined. The floors: lib, styles < ui, api < features < app < main. Rooms on
 * one floor do not import each other, and of a feature only its routes.tsx is seen from above.
 */
export function violation(from: string, to: string): string | undefined {
  const floor = (path: string): number | undefined =>
    ({ lib: 0, styles: 0, testing: 0, nonce: 0, ui: 1, api: 1, features: 2, app: 3, main: 4 })[
      path.split(/[/.]/)[0] ?? ""
    ];
  const room = (path: string) =>
    path.startsWith("features/") ? path.split("/").slice(0, 2).join("/") : path.split("/")[0];
  const [a, b] = [floor(from), floor(to)];
  if (a === undefined || b === undefined) return `${a === undefined ? from : to} stands on no floor`;
  if (room(from) === room(to)) return undefined;
  if (b > a) return `${from} imports ${to}, which stands above it`;
  if (b === a && a > 0) return `${from} imports ${to}, its neighbour`;
  if (from.startsWith("app/") && to.startsWith("features/") && !to.endsWith("/routes"))
    return `${from} imports ${to}; of a feature app imports only routes.tsx`;
  return undefined;
}
