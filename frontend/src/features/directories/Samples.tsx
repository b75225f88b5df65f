import type { Column } from "../../lib/columns";
import type { TriState } from "../../lib/moment";
import { plural } from "../../lib/number";
import { Section } from "../../ui/Page";
import { EmptyState } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Name, UnknownWord } from "../../ui/Word";
import { belowBase, type CheckReport } from "./draft";

type Sample = CheckReport["samples"][number];

/** Real entries as they will look, nothing of them stored. */
export function Samples({ samples, base }: { samples: Sample[]; base: string }) {
  return (
    <Section
      title={samples.length === 10 ? "Ten entries as they will look" : "Entries as they will look"}
      beside="chosen for variety; nothing is stored yet"
      top={false}
    >
      {samples.length === 0 ? (
        <EmptyState>No entry fits. Is the base right, and may the bind account read below it?</EmptyState>
      ) : (
        <Table
          label={`${plural(samples.length, "entry", "entries")} as they will look`}
          columns={columns(base)}
          rows={samples}
          rowKey={(sample) => sample.dn}
          look="second"
        />
      )}
    </Section>
  );
}

function columns(base: string): Column<Sample>[] {
  return [
    {
      id: "name",
      header: "Name",
      width: 180,
      cell: (sample) => (
        <b className="b">
          <Name none="unknown">{sample.name}</Name>
        </b>
      ),
    },
    {
      id: "login",
      header: "Login",
      width: 116,
      cell: (sample) => (
        <span className="mono t2">
          <Name none="unknown">{sample.login}</Name>
        </span>
      ),
    },
    { id: "sort", header: "Kind", width: 92, cell: (sample) => sample.sort },
    {
      id: "department",
      header: "Department",
      width: 140,
      cell: (sample) => <Name>{sample.department}</Name>,
    },
    {
      id: "state",
      header: "State",
      width: 112,
      cell: (sample) => <State enabled={sample.enabled as TriState} />,
    },
    {
      id: "signIn",
      header: "Last sign-in",
      width: 112,
      cell: (sample) => <When at={sample.lastSignIn} form="day" />,
    },
    {
      id: "manager",
      header: "Manager",
      width: 116,
      wideOnly: true,
      cell: (sample) => <Name>{sample.manager}</Name>,
    },
    { id: "groups", header: "Groups", width: 72, align: "right", cell: (sample) => sample.groups },
    {
      id: "id",
      header: "Stable id",
      width: 116,
      wideOnly: true,
      cell: (sample) => (
        <span className="mono t2" title={sample.externalId}>
          {shortId(sample.externalId)}
        </span>
      ),
    },
    {
      id: "dn",
      header: "DN, below the base",
      cell: (sample) => (
        <span className="mono t2" title={sample.dn}>
          {belowBase(sample.dn, base)}
        </span>
      ),
    },
  ];
}

const shortId = (id: string) => (id.length > 12 ? `${id.slice(0, 8)}…${id.slice(-2)}` : id);

function State({ enabled }: { enabled: TriState }) {
  if (enabled === "yes") return <Status>enabled</Status>;
  if (enabled === "no") return <Status tone="none">disabled</Status>;
  return <UnknownWord state={enabled} />;
}
