import { z } from "zod";
import { api, dataOf, type Schema } from "../../api/client";
import { usePages } from "../../api/pages";
import { useAddress, useGo } from "../../lib/address";
import type { Column } from "../../lib/columns";
import { entityPath } from "../../lib/entity";
import { totalText } from "../../lib/number";
import { useOpenRow } from "../../lib/openRow";
import { DataTable } from "../../ui/DataTable";
import { FilterBar } from "../../ui/FilterBar";
import { EntityLink } from "../../ui/Links";
import { Split } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { Status, type Tone } from "../../ui/Status";
import { ChangeInspector } from "./ChangeInspector";
import type { RunDetail } from "./queries";
import { nounWords } from "./runWords";

export type Change = Schema<"Change">;

const changesAddress = z.object({
  noun: z.enum(["account", "group", "membership", "unresolved"]).optional().catch(undefined),
  op: z.enum(["added", "changed", "removed"]).optional().catch(undefined),
  q: z.string().optional().catch(undefined),
  open: z.string().optional().catch(undefined),
});

/** A change has no id of its own: within one run it is told by what happened to what. */
export function changeKey(change: Change): string {
  const { noun, op, subject, name, group, in: inside, detail } = change;
  return [noun, op, subject?.id ?? name, group?.id ?? inside ?? "", subject ? "" : (detail ?? "")].join(" ");
}

const opTones: Record<Change["op"], Tone> = { added: "accent", changed: "neutral", removed: "warn" };

const filters = [
  {
    id: "noun",
    label: "What",
    choices: Object.entries(nounWords).map(([value, { many }]) => ({ value, label: many })),
  },
  {
    id: "op",
    label: "How",
    choices: ["added", "changed", "removed"].map((op) => ({ value: op, label: op })),
  },
];

const columns: Column<Change>[] = [
  {
    id: "op",
    header: "How",
    width: 120,
    cell: (change) => <Status tone={opTones[change.op]}>{change.op}</Status>,
  },
  {
    id: "noun",
    header: "What",
    width: 144,
    cell: (change) => <span className="t2">{nounWords[change.noun].one}</span>,
  },
  { id: "name", header: "Name", width: 232, cell: (change) => <Subject change={change} /> },
  {
    id: "in",
    header: "In",
    width: 184,
    cell: (change) =>
      change.group ? <EntityLink entity={change.group} mono /> : <span className="mono">{change.in}</span>,
  },
  { id: "fields", header: "Detail", cell: (change) => <Detail change={change} /> },
];

function Subject({ change }: { change: Change }) {
  if (change.subject) return <EntityLink entity={change.subject} strong />;
  return (
    <span className={change.noun === "unresolved" ? "mono" : "b"} title={change.name}>
      <bdi>{change.name}</bdi>
    </span>
  );
}

function Detail({ change }: { change: Change }) {
  if (change.fields.length === 0)
    return (
      <span className="t2" title={change.detail}>
        {change.detail}
      </span>
    );
  const text = change.fields.map(
    ({ field, before, after }) => `${field}: ${before || "none"} → ${after || "none"}`,
  );
  return <span title={text.join("\n")}>{text.join(", ")}</span>;
}

/** Every difference between a run and the one before, filtered by what and how. */
export function RunChanges({ run }: { run: RunDetail }) {
  const [address, setAddress] = useAddress(changesAddress);
  const go = useGo();
  const { noun, op, q } = address;
  const asked = { ...(noun && { noun }), ...(op && { op }), ...(q && { q }) };
  const rows = usePages(["runs", run.id, "changes", run.state, asked], ({ offset, limit, signal }) =>
    dataOf(
      api.GET("/runs/{id}/changes", {
        signal,
        params: { path: { id: run.id }, query: { ...asked, offset, limit } },
      }),
    ),
  );
  const open = useOpenRow(rows, changeKey, address.open);
  const close = () => setAddress({ open: undefined });
  return (
    <>
      <FilterBar
        filters={filters}
        values={address}
        onChange={(id, value) => setAddress({ [id]: value, open: undefined })}
        search={q ?? ""}
        onSearch={(text) => setAddress({ q: text || undefined })}
        total={rows.loading ? "" : `${totalText(rows.total, rows.totalIsExact)} changes`}
      />
      <Split inspector={open && <ChangeInspector key={changeKey(open)} change={open} onClose={close} />}>
        <DataTable
          label="Changes"
          columns={columns}
          rows={rows}
          rowKey={changeKey}
          sort=""
          onSort={() => {}}
          selected={address.open}
          onSelect={(change) => setAddress({ open: changeKey(change) })}
          onOpen={(change) => change.subject && go(entityPath(change.subject))}
          onClose={close}
          empty={
            <EmptyState>
              {noun || op || q
                ? "No change of this run fits these filters."
                : run.coverage === "partial"
                  ? "An incomplete read is not compared: what did not come may still be there."
                  : "Nothing differs from the run before."}
            </EmptyState>
          }
        />
      </Split>
    </>
  );
}
