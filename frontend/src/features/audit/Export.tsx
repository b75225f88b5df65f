import { useMutation } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";
import { canReveal, reveal, saveExport } from "../../api/native";
import { countText } from "../../lib/number";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { Band } from "../../ui/Page";

export type Export = Schema<"Export">;

/** Writes the audit log to a file and hands it over: the window asks where to, a browser downloads it. */
export function ExportButton({ onExported }: { onExported(file: Export): void }) {
  const start = useMutation({
    mutationFn: async () => {
      const file = await dataOf(api.POST("/exports", { body: { kind: "audit" } }));
      return (await saveExport(file.id)) ? file : undefined;
    },
    onSuccess: (file) => file && onExported(file),
  });
  return (
    <>
      {start.error && (
        <span role="alert" className="sm c-danger ell" title={problemOf(start.error).remedy}>
          Not exported: {problemOf(start.error).detail}
        </span>
      )}
      <Button icon="download" reason={start.isPending && "Writing the file."} onClick={() => start.mutate()}>
        Export
      </Button>
    </>
  );
}

/** A file's size in words: "884 kB". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${countText(Math.round(bytes / 1000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** What was exported, and the head that proves it later. */
export function Exported({ file, onClose }: { file: Export; onClose(): void }) {
  return (
    <Band>
      <span role="status" className="row grow">
        <b className="b nw">{file.fileName}</b>
        <span className="t2 nw">
          {sizeText(file.bytes)}, up to event {countText(file.event)}; head
        </span>
        <span className="mono ell" title={file.head}>
          {file.head}
        </span>
      </span>
      <CopyButton text={file.head} label="Copy head" />
      {canReveal() && (
        <Button size="sm" onClick={() => void reveal(file.id)}>
          Show in folder
        </Button>
      )}
      <Button size="sm" look="ghost" icon="x" aria-label="Close" onClick={onClose} />
    </Band>
  );
}
