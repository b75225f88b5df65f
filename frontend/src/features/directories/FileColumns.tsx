import { countText, plural } from "../../lib/number";
import { Section } from "../../ui/Page";
import { ErrorState, LoadingRows, ProgressLine } from "../../ui/States";
import { Status } from "../../ui/Status";
import type { Draft } from "./draft";
import { FileFaults } from "./FileFaults";
import { FileForm } from "./FileForm";
import { FilePreview } from "./FilePreview";
import { fileOf } from "./fileDraft";
import { MappingStep } from "./MappingStep";
import type { Check } from "./useCheck";

/** What the columns mean, over the first rows of the file; what cannot be used follows at once. */
export function FileColumns({
  draft,
  start,
  check,
  onChange,
}: {
  draft: Draft;
  start: Draft;
  check: Check;
  onChange(draft: Draft): void;
}) {
  const { report } = check;
  const failed = report?.results.find(({ state }) => state === "failed");
  const preview = report?.preview;
  if (fileOf(draft).format === "ldif" && report)
    return <MappingStep draft={draft} onChange={onChange} check={check} start={start} />;
  return (
    <>
      {check.pending && !report && (
        <div className="pad">
          <ProgressLine label="Reading the file" done={0} onCancel={check.cancel} />
        </div>
      )}
      {Boolean(check.error) && !check.pending && (
        <ErrorState error={check.error} what="The file could not be read." onRetry={() => onChange(draft)} />
      )}
      {failed && failed.title !== "Key" && (
        <div className="pad" role="alert">
          <Status tone="danger">{failed.title}</Status> {failed.text}{" "}
          <span className="t2">{failed.remedy}</span>
        </div>
      )}
      {!report && !check.error && <LoadingRows rows={8} />}
      {preview && (
        <>
          <Section title="How the file is to be read" top={false}>
            <FileForm draft={draft} preview={preview} error={check.error} onChange={onChange} />
          </Section>
          <Section
            title="What its columns mean"
            beside={
              <span aria-live="polite">
                {plural(preview.total, "row")}
                {preview.faulty > 0 ? (
                  <>
                    , <span className="c-warn">{countText(preview.faulty)} cannot be used</span>
                  </>
                ) : (
                  preview.total > 0 && !failed && ", all can be used"
                )}
              </span>
            }
          >
            <FilePreview draft={draft} preview={preview} onChange={onChange} />
          </Section>
          {preview.faults.length > 0 && <FileFaults preview={preview} />}
        </>
      )}
    </>
  );
}
