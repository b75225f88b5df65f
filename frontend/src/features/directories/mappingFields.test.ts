import { expect, it } from "vitest";
import { nothing } from "./draft";
import { mappingSections } from "./mappingFields";

it("offers every field of a mapping exactly once", () => {
  const offered = mappingSections.flatMap((section) => section.fields.map((field) => field.id));
  expect([...offered].sort()).toEqual(Object.keys(nothing).sort());
});
