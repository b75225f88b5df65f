import { describe, expect, it } from "vitest";
import { importsOf, sources, violation } from "./sources";

const code = sources(".ts", ".tsx");
const product = code.filter(({ path }) => !/\.test\.tsx?$|^testing\/|schema\.d\.ts$/.test(path));

describe("layers", () => {
  it.each([
    ["ui/Table.tsx", "features/groups/queries", "stands above it"],
    ["ui/Table.tsx", "api/client", "its neighbour"],
    ["features/groups/GroupPage.tsx", "features/identities/queries", "its neighbour"],
    ["app/Shell.tsx", "features/groups/GroupPage", "only routes.tsx"],
    ["shared/thing.ts", "lib/path", "stands on no floor"],
  ])("%s may not import %s", (from, to, why) => {
    expect(violation(from, to)).toContain(why);
  });

  it.each([
    ["features/groups/GroupPage.tsx", "ui/Table"],
    ["features/groups/GroupPage.tsx", "features/groups/queries"],
    ["app/features.ts", "features/groups/routes"],
    ["main.tsx", "app/App"],
  ])("%s may import %s", (from, to) => {
    expect(violation(from, to)).toBeUndefined();
  });

  it("hold everywhere", () => {
    const found = code.flatMap((source) => importsOf(source).map((to) => violation(source.path, to)));
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(Boolean)).toEqual([]);
  });
});

describe("rules of the sources", () => {
  it("no component names a raw colour", () => {
    const colour = /#[0-9a-f]{3,8}\b(?!["'/?])|\b(?:rgba?|hsla?|oklch|color-mix)\(/i;
    const files = [...product, ...sources(".css").filter(({ path }) => path !== "styles/tokens.css")];
    const lines = files.flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, at) => (colour.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : [])),
    );
    expect(lines).toEqual([]);
  });

  it("no request carries a Blob or FormData: it ends the process of the Linux window", () => {
    const found = product.filter(({ text }) => /\bnew (?:Blob|FormData|File)\b|duplex:/.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it("no source takes a locale from the browser: it may be none", () => {
    const found = product.filter(({ text }) =>
      /navigator\.language|toLocale(?:Date|Time)?String\(/.test(text),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it("components stay below 300 lines", () => {
    const long = product.filter(({ path, text }) => path.endsWith(".tsx") && text.split("\n").length > 300);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
