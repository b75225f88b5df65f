import { describe, expect, it } from "vitest";
import { type CheckReport, emptyDraft } from "./draft";
import {
  columnsGap,
  faultsText,
  fileGap,
  fileOf,
  meaningOf,
  placeOf,
  titleOf,
  withColumn,
  withFile,
  withOther,
} from "./fileDraft";

const draft = withFile(
  { ...emptyDraft, kind: "file" },
  { upload: "7", name: "hr.csv", columns: { name: "Name", mail: "E-Mail" } },
);
const report = (passed: boolean): CheckReport =>
  ({ passed, results: [], preview: { columns: [], rows: [] } }) as unknown as CheckReport;

describe("what the columns mean", () => {
  it("a column means one thing, and one thing has one column", () => {
    const moved = fileOf(withColumn(draft, "E-Mail", "name"));
    expect(moved.columns).toEqual({ name: "E-Mail" });
    expect(meaningOf(moved, "Name")).toBe("");
    expect(meaningOf(moved, "E-Mail")).toBe("name");
    expect(fileOf(withColumn(draft, "Name", "")).columns).toEqual({ mail: "E-Mail" });
  });

  it("another file starts anew, unless a source is being changed", () => {
    expect(fileOf(withOther(draft, { upload: "8", name: "b.csv" }))).toEqual({ upload: "8", name: "b.csv" });
    const changing = { ...draft, source: { id: "1", hasSecret: false } };
    expect(fileOf(withOther(changing, { path: "/x/b.csv" }))).toEqual({
      path: "/x/b.csv",
      columns: fileOf(draft).columns,
    });
  });
});

describe("what is missing", () => {
  it("a file, then a key, then whatever the check says", () => {
    expect(fileGap(draft, "upload")).toBeUndefined();
    expect(fileGap(draft, "path")).toContain("path");
    expect(columnsGap(draft, report(true), false)).toContain("key");
    const keyed = withFile(draft, { keyColumn: "Name" });
    expect(columnsGap(keyed, report(true), true)).toContain("being read");
    expect(columnsGap(keyed, report(true), false)).toBeUndefined();
    expect(columnsGap(keyed, report(false), false)).toBeDefined();
  });
});

it("files are called by their names", () => {
  expect(titleOf({ name: "hr export.csv" })).toBe("hr export");
  expect(titleOf({ path: "/srv/hr/staff.XLSX" })).toBe("staff");
  const config = { ...emptyDraft.config, file: { upload: "7", name: "hr.csv" } };
  expect(placeOf({ config })).toBe("hr.csv");
  expect(placeOf({ config: { ...emptyDraft.config, url: "ldap://x" } })).toBe("ldap://x");
});

it("faults are lines that a spreadsheet takes", () => {
  expect(faultsText([{ row: 4, column: "Ende", value: "31.2.", text: "is no date" }])).toBe(
    "Row\tColumn\tValue\tWhat is wrong\n4\tEnde\t31.2.\tis no date\n",
  );
});
