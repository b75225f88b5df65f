import type { TriState } from "../../lib/moment";
import { Section } from "../../ui/Page";
import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Status } from "../../ui/Status";
import { Table } from "../../ui/Table";
import { When } from "../../ui/When";
import { Name, UnknownWord } from "../../ui/Word";
import { ResultRows } from "./CheckResult";
import type { CheckReport } from "./draft";
import type { Check } from "./useCheck";

/** What a run would find in the file, and people as they will look. */
export function FileCheck({ check, onRetry }: { check: Check; onRetry(): void }) {
  const { report } = check;
  return (
    <>
      {check.pending && (
        <div className="pad">
          <ProgressLine label="Reading the file" done={0} onCancel={check.cancel} />
        </div>
      )}
      {Boolean(check.error) && !check.pending && (
        <ErrorState error={check.error} what="The file could not be read." onRetry={onRetry} />
      )}
      {!report && !check.error && <LoadingRows rows={8} />}
      {report && (
        <>
          <div className="chk alone">
            <table className="table plain" aria-label="What the check found">
              <colgroup>
                <col style={{ width: 120 }} />
                <col style={{ width: 124 }} />
                <col />
                <col style={{ width: 24 }} />
              </colgroup>
              <tbody>
                {report.results.map((result, at) => (
                  <ResultRows
                    // biome-ignore lint/suspicious/noArrayIndexKey: results have no name of their own and never move
                    key={at}
                    result={result}
                    confirmed={false}
                    busy={check.pending}
                    onFingerprint={() => {}}
                    onCaFile={() => {}}
                  />
                ))}
              </tbody>
            </table>
          </div>
          {report.samples.length > 0 && <People samples={report.samples} />}
        </>
      )}
    </>
  );
}

type Sample = CheckReport["samples"][number];

function People({ samples }: { samples: Sample[] }) {
  return (
    <Section title="People as they will look" beside="chosen for variety; nothing is stored yet" top={false}>
      <Table<Sample>
        label="People as they will look"
        columns={[
          {
            id: "name",
            header: "Name",
            width: 180,
            cell: (one) => (
              <b className="b">
                <Name>{one.name}</Name>
              </b>
            ),
          },
          {
            id: "key",
            header: "Key",
            width: 104,
            cell: (one) => <span className="mono t2">{one.externalId}</span>,
          },
          {
            id: "number",
            header: "Employee number",
            width: 136,
            wideOnly: true,
            cell: (one) => <Name>{one.employeeNumber}</Name>,
          },
          {
            id: "mail",
            header: "Mail",
            cell: (one) => (
              <span className="mono t2" title={one.mail}>
                <Name>{one.mail}</Name>
              </span>
            ),
          },
          {
            id: "department",
            header: "Department",
            width: 124,
            cell: (one) => <Name>{one.department}</Name>,
          },
          { id: "manager", header: "Manager", width: 132, cell: (one) => <Name>{one.manager}</Name> },
          {
            id: "state",
            header: "State",
            width: 104,
            cell: (one) => <State state={one.enabled as TriState} />,
          },
          { id: "start", header: "Start", width: 104, cell: (one) => <When at={one.startDate} form="day" /> },
          { id: "end", header: "End", width: 104, cell: (one) => <When at={one.endDate} form="day" /> },
          { id: "groups", header: "Groups", width: 84, align: "right", cell: (one) => one.groups },
        ]}
        rows={samples}
        rowKey={(one) => one.externalId}
        look="second"
      />
    </Section>
  );
}

function State({ state }: { state: TriState }) {
  if (state === "yes") return <Status>enabled</Status>;
  if (state === "no") return <Status tone="none">disabled</Status>;
  return <UnknownWord state={state} />;
}
