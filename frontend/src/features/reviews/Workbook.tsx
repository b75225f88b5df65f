import { api, dataOf } from "../../api/client";
import { useExport } from "../../api/exports";
import { canReveal, reveal } from "../../api/native";
import { useMay } from "../../api/session";
import { countText } from "../../lib/number";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { ProgressLine } from "../../ui/States";
import type { Detail } from "./queries";

/** The evidence workbook: written by the server, then saved where the operator wants it. */
export function Workbook({ campaign }: { campaign: Detail }) {
  const may = useMay("report.run");
  const { file, error, busy, start, cancel } = useExport();
  if (!may) return null;
  if (busy && file?.state === "writing")
    return (
      <div style={{ width: 320 }}>
        <ProgressLine label={`${countText(file.rows)} rows written`} done={0} onCancel={cancel} />
      </div>
    );
  const problem = error !== undefined ? problemOf(error) : undefined;
  const saved = !busy && file?.state === "ready" ? file : undefined;
  const write = () =>
    start(() =>
      dataOf(
        api.POST("/reports/{name}/exports", {
          params: { path: { name: "review-evidence" } },
          body: { format: "xlsx", review: campaign.id },
        }),
      ),
    );
  return (
    <span className="row">
      {problem && (
        <span role="alert" className="sm c-danger ell" title={problem.remedy}>
          Not written: {problem.detail} {problem.remedy}
        </span>
      )}
      {saved && (
        <span role="status" className="sm t2 ell">
          {saved.fileName}, {countText(saved.rows)} rows
        </span>
      )}
      {saved && canReveal() && (
        <Button size="sm" onClick={() => void reveal(saved.id)}>
          Show in folder
        </Button>
      )}
      <Button icon="download" reason={busy && "Writing the workbook."} onClick={write}>
        Evidence workbook
      </Button>
    </span>
  );
}
