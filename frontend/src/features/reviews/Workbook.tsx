import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { canReveal, reveal, saveExport } from "../../api/native";
import { useMay } from "../../api/session";
import { countText } from "../../lib/number";
import { ApiError, problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { ProgressLine } from "../../ui/States";
import type { Detail } from "./queries";

type Export = Schema<"Export">;

function failed(detail: string): ApiError {
  return new ApiError({ title: "Export failed", detail, status: 0, kind: "internal" });
}

/** The evidence workbook: written by the server, then saved where the operator wants it. */
export function Workbook({ campaign }: { campaign: Detail }) {
  const may = useMay("report.run");
  const [progress, setProgress] = useState<Export>();
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );
  const make = useMutation({
    mutationFn: async () => {
      stopped.current = false;
      let file = await dataOf(
        api.POST("/reports/{name}/exports", {
          params: { path: { name: "review-evidence" } },
          body: { format: "xlsx", review: campaign.id },
        }),
      );
      while (file.state === "writing" && !stopped.current) {
        setProgress(file);
        file = await dataOf(
          api.GET("/exports/{id}", { params: { path: { id: file.id }, query: { wait: "20s" } } }),
        );
      }
      setProgress(undefined);
      if (file.state === "failed") throw failed(file.error ?? "The workbook could not be written.");
      if (file.state !== "ready" || stopped.current) return undefined;
      return (await saveExport(file.id)) ? file : undefined;
    },
    onError: () => setProgress(undefined),
  });
  const cancel = () => {
    stopped.current = true;
    if (progress) void api.DELETE("/exports/{id}", { params: { path: { id: progress.id } } });
    setProgress(undefined);
  };
  if (!may) return null;
  if (make.isPending && progress)
    return (
      <div style={{ width: 320 }}>
        <ProgressLine label={`${countText(progress.rows)} rows written`} done={0} onCancel={cancel} />
      </div>
    );
  return (
    <span className="row">
      {make.error && (
        <span role="alert" className="sm c-danger ell" title={problemOf(make.error).remedy}>
          Not written: {problemOf(make.error).detail} {problemOf(make.error).remedy}
        </span>
      )}
      {make.data && (
        <span role="status" className="sm t2 ell">
          {make.data.fileName}, {countText(make.data.rows)} rows
        </span>
      )}
      {make.data && canReveal() && (
        <Button size="sm" onClick={() => make.data && void reveal(make.data.id)}>
          Show in folder
        </Button>
      )}
      <Button
        icon="download"
        reason={make.isPending && "Writing the workbook."}
        onClick={() => make.mutate()}
      >
        Evidence workbook
      </Button>
    </span>
  );
}
