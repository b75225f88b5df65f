import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useExport } from "../../api/exports";
import { useMay } from "../../api/session";
import { useAddress, useParam } from "../../lib/address";
import { countText, plural } from "../../lib/number";
import { usePast } from "../../lib/past";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { ErrorPage } from "../../ui/ErrorPage";
import { PageLink } from "../../ui/Links";
import { PageHead } from "../../ui/Page";
import { EmptyState, ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { Information } from "./Information";
import { Question } from "./Question";
import {
  askedOf,
  previewQuery,
  type Report,
  type ReportAddress,
  reportAddress,
  reportsQuery,
} from "./queries";
import { Sheet } from "./Sheet";

/** One report: its question, the beginning of its answer, what is behind it, and the file. */
export function ReportPage() {
  const name = useParam("name");
  const reports = useQuery(reportsQuery);
  if (reports.isError)
    return (
      <ErrorPage
        error={reports.error}
        what="The reports could not be listed."
        retry={() => void reports.refetch()}
      />
    );
  if (!reports.data) return <LoadingRows />;
  const report = reports.data.find((each) => each.name === name);
  if (report) return <Answer key={name} report={report} />;
  return (
    <>
      <PageHead title="Reports" />
      <EmptyState
        act={
          <PageLink to="/reports" className="btn">
            See all reports
          </PageLink>
        }
      >
        There is no report called {name}.
      </EmptyState>
    </>
  );
}

function Answer({ report }: { report: Report }) {
  const [said, setAddress] = useAddress(reportAddress);
  const [monthAgo] = useState(() => new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10));
  const past = usePast();
  const asked = past && !said.asOf ? { ...said, asOf: past } : said;
  const address = report.period && !said.from ? { ...asked, from: monthAgo } : asked;
  const waiting = report.review && !address.review;
  const preview = useQuery({ ...previewQuery(report, address), enabled: !waiting });
  const data = preview.isError ? undefined : preview.data;
  const table = address.table ?? report.tables[0]?.name ?? "";
  const shown = report.tables.find((each) => each.name === table) ?? report.tables[0];
  return (
    <>
      <PageHead
        title={report.title}
        crumb={<PageLink to="/reports">Reports</PageLink>}
        beside={<span className="t2 ell">{report.question}</span>}
        acts={!waiting && <Files report={report} address={address} />}
      />
      <Question report={report} address={address} onChange={setAddress} busy={preview.isFetching} />
      {report.tables.length > 1 && (
        <Tabs
          label="Sheets of this report"
          panel="report-sheet"
          value={table}
          tabs={report.tables.map((each) => ({ value: each.name, label: each.title }))}
          onChange={(next) => setAddress({ table: next, outcome: undefined })}
        />
      )}
      {waiting ? (
        <EmptyState>Choose the review that this report is about.</EmptyState>
      ) : preview.isError ? (
        <ErrorState
          error={preview.error}
          what="The report could not be made."
          onRetry={() => void preview.refetch()}
        />
      ) : !data || !shown ? (
        <LoadingRows rows={16} label="Making the report" />
      ) : (
        <div className="cols report">
          <div className="list" id="report-sheet" role="tabpanel" aria-label={shown.title}>
            <Sheet label={shown.title} columns={shown.columns} rows={data.rows} />
            <div className="foot">
              {address.outcome && (
                <button type="button" className="link" onClick={() => setAddress({ outcome: undefined })}>
                  Show every outcome
                </button>
              )}
              {data.total === 0
                ? "No row."
                : address.outcome
                  ? `${plural(data.rows.length, "row")} of this outcome shown, of ${plural(data.total, "row")}; a file holds all of them.`
                  : data.rows.length < data.total
                    ? `The first ${countText(data.rows.length)} of ${plural(data.total, "row")}; a file holds all of them.`
                    : `${plural(data.total, "row")}, all of them.`}
            </div>
          </div>
          <Information preview={data} search={address} />
        </div>
      )}
    </>
  );
}

/** Takes the report out of the console, whole. */
function Files({ report, address }: { report: Report; address: ReportAddress }) {
  const may = useMay("report.run");
  const file = useExport();
  const [format, setFormat] = useState<"xlsx" | "csv">("xlsx");
  if (!may) return null;
  const write = (as: "xlsx" | "csv") => {
    setFormat(as);
    file.start(() =>
      dataOf(
        api.POST("/reports/{name}/exports", {
          params: { path: { name: report.name } },
          body: {
            ...askedOf(report, address),
            format: as,
            ...(as === "csv" && address.table && { table: address.table }),
          },
        }),
      ),
    );
  };
  const busy = file.busy && "The file is being written.";
  const problem = file.error !== undefined ? problemOf(file.error) : undefined;
  return (
    <>
      {file.busy && file.file?.state === "writing" && (
        <div style={{ width: 240 }}>
          <ProgressLine
            label={`${countText(file.file.rows)} rows written to ${format}`}
            done={file.file.rows}
            onCancel={file.cancel}
          />
        </div>
      )}
      {problem && (
        <span role="alert" className="sm c-danger ell" title={`${problem.detail} ${problem.remedy ?? ""}`}>
          Not saved: {problem.detail}
        </span>
      )}
      {!file.busy && file.file?.state === "ready" && (
        <span role="status" className="sm t2 ell" title={`SHA-256 of the data: ${file.file.dataset ?? ""}`}>
          {file.file.fileName}, {plural(file.file.rows, "row")}, event {countText(file.file.event)}
        </span>
      )}
      <Button icon="download" reason={busy} onClick={() => write("csv")}>
        Save csv…
      </Button>
      <Button look="primary" anytime icon="download" reason={busy} onClick={() => write("xlsx")}>
        Save xlsx…
      </Button>
    </>
  );
}
