import { expect, it } from "vitest";
import { parseSearch, stringifySearch } from "./search";

it("keeps ids as text and drops what is empty", () => {
  expect(stringifySearch({ open: "0071", sort: "-name", q: "", finding: undefined })).toBe(
    "?open=0071&sort=-name",
  );
  expect(parseSearch("?open=0071&sort=-name")).toEqual({ open: "0071", sort: "-name" });
  expect(stringifySearch({})).toBe("");
});

it("survives any text", () => {
  const q = "cn=\\22Skip\\22 Haugen\\2C Per,ou=people & أمل #1 100%";
  expect(parseSearch(stringifySearch({ q }))).toEqual({ q });
});
