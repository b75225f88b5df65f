import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { statusWords } from "../../lib/coverage";
import { countText } from "../../lib/number";
import { EntityLink } from "../../ui/Links";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";

type Frozen = Schema<"CampaignSource">;

/** The sources of a campaign with what each of them had, and how completely it was read. */
export function SourcesFrozen({ sources }: { sources: Frozen[] }) {
  return <Table label="Sources" columns={columns} rows={sources} rowKey={(each) => each.source.id} />;
}

const number = (id: keyof Frozen & string, header: string, title: string): Column<Frozen> => ({
  id,
  header,
  width: 104,
  align: "right",
  title,
  cell: (each) => countText(Number(each[id])),
});

const columns: Column<Frozen>[] = [
  {
    id: "source",
    header: "Source",
    width: 200,
    cell: (each) => <EntityLink entity={each.source} strong />,
  },
  {
    id: "coverage",
    header: "Coverage",
    cell: (each) => (
      <>
        <Status tone={statusWords[each.coverage].tone}>{statusWords[each.coverage].word}</Status>{" "}
        <span className="t2" title={each.note}>
          {each.note}
        </span>
      </>
    ),
  },
  {
    id: "observedAt",
    header: "Read",
    width: 132,
    cell: (each) =>
      each.observedAt ? <When at={each.observedAt} form="near" age="short" /> : <Word>never</Word>,
  },
  number("groupsIn", "Groups", "Groups in scope"),
  number("directIn", "Direct", "Direct members of these groups, unresolved ones included"),
  number("effectiveIn", "By nesting", "Accounts in them by nesting only"),
];
