import { useMutation } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { api, dataOf } from "../../api/client";
import { useStartRuns } from "../../api/runs";
import { useGo } from "../../lib/address";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { PageHead } from "../../ui/Page";
import { Wizard } from "../../ui/Wizard";
import { bodyOf, checkSummary, type Draft, isTouched } from "./draft";
import { FileCheck } from "./FileCheck";
import { FileColumns } from "./FileColumns";
import { FileSave } from "./FileSave";
import { FileStep } from "./FileStep";
import { FirstRead } from "./FirstRead";
import { columnsGap, fileGap, fileOf, titleOf, withOther } from "./fileDraft";
import { useSourcesChanged } from "./queries";
import { useCheck } from "./useCheck";
import { useFocusOn, useLeaving } from "./wizardHooks";

const connecting = [
  { id: "kind", label: "Kind" },
  { id: "file", label: "File" },
  { id: "columns", label: "Columns" },
  { id: "check", label: "Check" },
  { id: "save", label: "First read" },
] as const;
const changingSteps = [...connecting.slice(1, 4), { id: "save", label: "Save" } as const];

/** The steps from a file to people who have been read, or from one export of it to the next. */
export function FileWizard({
  start,
  changing,
  onKind,
}: {
  start: Draft;
  /** Name of the source that is being changed; absent when connecting one. */
  changing?: string;
  /** Goes back to the choice of the kind. */
  onKind?: () => void;
}) {
  const go = useGo();
  const steps = changing ? changingSteps : connecting;
  const [draft, setDraft] = useState<Draft>({ ...start, anonymous: true });
  const [from, setFrom] = useState<"upload" | "path">(fileOf(start).path ? "path" : "upload");
  const [at, setAt] = useState(changing ? 0 : 1);
  const step = steps[at]?.id ?? "save";
  const check = useCheck(
    useCallback((report, asked) => {
      // What was chosen while the file was being read is newer than its proposals.
      setDraft((now) => {
        if (now.config.file !== asked.config.file || !report.config.file) return now;
        const { mapping } = now.config;
        return {
          ...now,
          config: {
            ...now.config,
            file: report.config.file,
            mapping: { ...mapping, ...report.config.mapping },
          },
        };
      });
    }, []),
  );
  const sourcesChanged = useSourcesChanged();
  const read = useStartRuns();
  const named = { ...draft, name: draft.name.trim() || titleOf(fileOf(draft)) };
  const save = useMutation({
    mutationFn: () => {
      const body = bodyOf(named);
      return named.source
        ? dataOf(api.PUT("/sources/{id}", { params: { path: { id: named.source.id } }, body }))
        : dataOf(api.POST("/sources", { body }));
    },
    onSuccess: async (saved) => {
      if (!changing) read.mutate({ sources: [saved.id] });
      await sourcesChanged();
    },
  });
  const saved = save.data;
  const leaving = useLeaving(isTouched(draft, { ...start, anonymous: true }) && !saved);
  useEffect(() => {
    if (saved && changing) go(`/directories/${saved.id}`);
  }, [saved, changing, go]);

  const choose = (next: Draft) => {
    setDraft(next);
    check.forget();
  };
  const change = (next: Draft) => {
    setDraft(next);
    check.run(next);
  };
  const goTo = (index: number) => {
    setAt(index);
    const id = steps[index]?.id;
    if ((id === "columns" || id === "check") && !check.report && !check.pending) check.run(draft);
  };
  const gap = {
    kind: undefined,
    file: fileGap(draft, from),
    columns: columnsGap(draft, check.report, check.pending),
    check: columnsGap(draft, check.report, check.pending),
    save: undefined,
  }[step];
  const next = steps[at + 1];
  const forward = () => {
    if (gap) return;
    if (next) goTo(at + 1);
    else save.mutate();
  };
  const content = useFocusOn(step);

  if (saved && !changing)
    return <FirstRead id={saved.id} name={saved.name} startError={read.error} steps={[...connecting]} />;
  const { path, name } = fileOf(draft);
  return (
    <>
      <PageHead
        title={changing ? `Change ${changing}` : "Connect a directory"}
        beside={<span className="mono t2 ell">{path ?? name}</span>}
        acts={
          (step === "columns" || step === "check") && (
            <Button
              icon="refresh"
              reason={check.pending && "The file is being read."}
              onClick={() => check.run(draft)}
            >
              Read the file again
            </Button>
          )
        }
      />
      <Wizard
        steps={[...steps]}
        at={at}
        summary={
          step === "check" &&
          check.report &&
          checkSummary(check.report).replace(/rights? missing/, "with gaps")
        }
        reason={gap}
        forward={next ? "Continue" : changing ? "Save" : "Save and read"}
        {...(!next && { forwardLook: "primary" as const })}
        busy={save.isPending}
        {...((at > 1 || (at > 0 && changing)) && { onBack: () => setAt(at - 1) })}
        {...(at === 1 && onKind && { onBack: onKind })}
        onForward={forward}
        onCancel={() => go(draft.source ? `/directories/${draft.source.id}` : "/directories")}
      >
        <form
          ref={content}
          className="scroll"
          tabIndex={-1}
          onSubmit={(event) => {
            event.preventDefault();
            forward();
          }}
        >
          {step === "file" && (
            <FileStep
              draft={draft}
              from={from}
              error={check.error ?? save.error}
              onFrom={(where) => {
                setFrom(where);
                choose(withOther(draft, {}));
              }}
              onChange={choose}
            />
          )}
          {step === "columns" && <FileColumns draft={draft} start={start} check={check} onChange={change} />}
          {step === "check" && <FileCheck check={check} onRetry={() => check.run(draft)} />}
          {step === "save" && (
            <FileSave
              draft={named}
              report={check.report}
              error={save.error}
              onName={(text) => setDraft({ ...draft, name: text })}
            />
          )}
          <button type="submit" className="sr-only" tabIndex={-1} aria-hidden="true">
            Continue
          </button>
        </form>
      </Wizard>
      <ConfirmDialog
        opened={leaving.asked}
        title={changing ? "Leave without saving?" : "Leave without connecting?"}
        act="Leave"
        look="danger"
        onConfirm={leaving.leave}
        onClose={leaving.stay}
      >
        <p>What you chose is thrown away. A file that was sent is deleted within an hour.</p>
      </ConfirmDialog>
    </>
  );
}
