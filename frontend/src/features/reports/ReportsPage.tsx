import { useQuery } from "@tanstack/react-query";
import type { Column } from "../../lib/columns";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { type Report, reportsQuery } from "./queries";

const columns: Column<Report>[] = [
  {
    id: "title",
    header: "Report",
    width: 208,
    cell: (report) => (
      <PageLink to={`/reports/${report.name}`} className="b">
        {report.title}
      </PageLink>
    ),
  },
  {
    id: "question",
    header: "Question",
    cell: (report) => <span title={report.question}>{report.question}</span>,
  },
  {
    id: "for",
    header: "For",
    width: 136,
    cell: (report) => (
      <span className="t2">
        {report.review ? "one review" : report.period ? "two dates" : report.now ? "now" : "any date"}
      </span>
    ),
  },
  {
    id: "controls",
    header: "Supports",
    width: 304,
    wideOnly: true,
    cell: (report) => (
      <span className="t2" title={report.controls.join("\n")}>
        {report.controls.map((control) => control.split(":")[0]).join(", ")}
      </span>
    ),
  },
];

/** The questions that can be answered as a spreadsheet. */
export function ReportsPage() {
  const reports = useQuery(reportsQuery);
  return (
    <>
      <PageHead
        title="Reports"
        beside={<span className="t2">each supports a control; none proves compliance by itself</span>}
      />
      <Scroll label="Reports">
        {reports.data ? (
          <div className="lift">
            <Table label="Reports" columns={columns} rows={reports.data} rowKey={(report) => report.name} />
          </div>
        ) : reports.isError ? (
          <ErrorState
            error={reports.error}
            what="The reports could not be listed."
            onRetry={() => void reports.refetch()}
          />
        ) : (
          <LoadingRows />
        )}
      </Scroll>
    </>
  );
}
