import type { Schema } from "../../api/client";
import type { Column } from "../../lib/columns";
import { Coverage } from "../../ui/Coverage";
import { EntityLink, NumberLink } from "../../ui/Links";
import { Section } from "../../ui/Page";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";

type Source = Schema<"Source">;

const columns: Column<Source>[] = [
  {
    id: "name",
    header: "Source",
    width: 180,
    cell: (source) => <EntityLink entity={{ kind: "source", id: source.id, name: source.name }} strong />,
  },
  {
    id: "kind",
    header: "Kind",
    width: 120,
    wideOnly: true,
    cell: (source) => (
      <span className="t2" title={source.server}>
        {(!source.config.file && source.server.split(" at ")[0]) || source.kindTitle}
      </span>
    ),
  },
  {
    id: "accounts",
    header: "Accounts",
    width: 96,
    align: "right",
    cell: (source) => (
      <NumberLink
        value={source.accounts}
        to="/identities"
        search={{ type: "account", source: source.id }}
        label={`accounts of ${source.name}`}
      />
    ),
  },
  {
    id: "read",
    header: "Last complete read",
    width: 148,
    cell: (source) =>
      source.lastComplete?.endedAt ? (
        <When at={source.lastComplete.endedAt} form="near" age="ago" />
      ) : (
        <Word>never</Word>
      ),
  },
  {
    id: "next",
    header: "Next read",
    width: 88,
    wideOnly: true,
    cell: (source) =>
      source.watched ? "live" : source.next ? <When at={source.next} form="near" /> : <Word>by hand</Word>,
  },
  { id: "coverage", header: "Coverage", cell: (source) => <Coverage source={source} /> },
];

/** How fresh and how complete the answers are, source by source. */
export function SourcesTable({ sources }: { sources: Source[] }) {
  return (
    <Section title="Sources">
      <Table label="Sources" columns={columns} rows={sources} rowKey={(source) => source.id} />
    </Section>
  );
}
