import { useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { api, dataOf } from "../../api/client";
import { useStartRuns } from "../../api/runs";
import { useGo } from "../../lib/address";
import { clockText } from "../../lib/moment";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { PageHead } from "../../ui/Page";
import { Wizard } from "../../ui/Wizard";
import { AddressStep, CredentialsStep, KindStep } from "./AccessSteps";
import { CheckStep } from "./CheckStep";
import { DomainCredentials } from "./DomainCredentials";
import {
  addressGap,
  bodyOf,
  checkGap,
  checkSummary,
  credentialsGap,
  type Draft,
  isAsked,
  isTouched,
  withProposals,
} from "./draft";
import { FileWizard } from "./FileWizard";
import { FirstRead } from "./FirstRead";
import { MappingStep } from "./MappingStep";
import { kindsQuery, useSourcesChanged } from "./queries";
import { spanText } from "./runWords";
import { SaveStep } from "./SaveStep";
import { usual } from "./scheduleWords";
import { useCheck } from "./useCheck";
import { useFocusOn, useLeaving } from "./wizardHooks";

const connecting = [
  { id: "kind", label: "Kind" },
  { id: "address", label: "Address" },
  { id: "credentials", label: "Credentials" },
  { id: "check", label: "Check" },
  { id: "mapping", label: "Mapping" },
  { id: "save", label: "First read" },
] as const;
const changingSteps = [...connecting.slice(1, 5), { id: "save", label: "Save" } as const];

/** The steps from nothing to a directory that has been read, or from one configuration to another. */
export function ConnectWizard({
  start,
  changing,
  onSaved,
}: {
  start: Draft;
  /** Name of the source that is being changed; absent when connecting one. */
  changing?: string;
  onSaved?: () => void;
}) {
  const go = useGo();
  const steps = changing ? changingSteps : connecting;
  const [draft, setDraft] = useState(start);
  const [at, setAt] = useState(0);
  const step = steps[at]?.id ?? "save";
  const check = useCheck(
    useCallback((report, asked) => {
      // What was typed while the check was under way is newer than its proposals.
      setDraft((now) =>
        now.config.mapping === asked.config.mapping ? withProposals(now, report.config) : now,
      );
    }, []),
  );
  const sourcesChanged = useSourcesChanged();
  const read = useStartRuns();
  const save = useMutation({
    mutationFn: async () => {
      const body = bodyOf(draft);
      const { source } = draft;
      const saved = source
        ? await dataOf(api.PUT("/sources/{id}", { params: { path: { id: source.id } }, body }))
        : await dataOf(api.POST("/sources", { body: { ...body, schedule: usual } }));
      setDraft((now) => ({ ...now, secret: "" }));
      return saved;
    },
    onSuccess: async (saved) => {
      if (!changing) read.mutate({ sources: [saved.id] });
      await sourcesChanged();
    },
  });
  const saved = save.data;
  const leaving = useLeaving(isTouched(draft, start) && !saved && draft.kind !== "file");
  useEffect(() => {
    if (saved && changing) onSaved?.();
  }, [saved, changing, onSaved]);

  const change = (next: Draft) => {
    setDraft(next);
    check.forget();
  };
  const goTo = (id: (typeof connecting)[number]["id"]) => {
    setAt(steps.findIndex((each) => each.id === id));
    if (id === "check" && !check.report) check.run(draft);
  };
  const gap = {
    kind: undefined,
    address: addressGap(draft),
    credentials: credentialsGap(draft),
    check: checkGap(check.report),
    mapping: check.pending ? "The check has to answer first." : checkGap(check.report),
    save: undefined,
  }[step];
  const next = steps[at + 1]?.id;
  const forward = () => {
    if (gap) return;
    if (step === "mapping" && !isAsked(draft, check.report)) check.run(draft);
    else if (next) goTo(next);
    else save.mutate();
  };
  const kinds = useQuery(kindsQuery);
  const content = useFocusOn(step === "kind" ? `kind ${kinds.isSuccess}` : step);

  if (draft.kind === "file" && at > 0) return <FileWizard start={draft} onKind={() => setAt(0)} />;
  if (saved && !changing)
    return <FirstRead id={saved.id} name={saved.name} startError={read.error} steps={[...connecting]} />;
  return (
    <>
      <PageHead
        title={changing ? `Change ${changing}` : "Connect a directory"}
        beside={<span className="mono t2 ell">{draft.config.url}</span>}
        acts={
          step === "check" && (
            <>
              {check.report && (
                <span className="age">
                  checked {secondText(check.report.checkedAt)}, took {spanText(check.report.tookMs)}
                </span>
              )}
              <Button icon="refresh" reason={check.pending && "Checking."} onClick={() => check.run(draft)}>
                Check again
              </Button>
            </>
          )
        }
      />
      <Wizard
        steps={[...steps]}
        at={at}
        summary={step === "check" && check.report && checkSummary(check.report)}
        reason={
          gap &&
          (step === "check" ? (
            <CheckReason
              gap={gap}
              missing={check.report?.results.some((each) => each.state === "missing") ?? false}
            />
          ) : (
            gap
          ))
        }
        forward={next ? "Continue" : changing ? "Save" : "Save and read"}
        {...(!next && { forwardLook: "primary" as const })}
        busy={save.isPending}
        {...(at > 0 && { onBack: () => setAt(at - 1) })}
        onForward={forward}
        onCancel={() => go(draft.source ? `/directories/${draft.source.id}` : "/directories")}
      >
        {/* Enter goes on, as in any form; the button that does so by pointer stands in the foot. */}
        <form
          ref={content}
          className="scroll"
          tabIndex={-1}
          onSubmit={(event) => {
            event.preventDefault();
            forward();
          }}
        >
          {step === "kind" && <KindStep draft={draft} onChange={change} />}
          {step === "address" && <AddressStep draft={draft} onChange={change} error={check.error} />}
          {step === "credentials" &&
            (draft.kind === "ad" ? (
              <DomainCredentials draft={draft} onChange={change} />
            ) : (
              <CredentialsStep draft={draft} onChange={change} />
            ))}
          {step === "check" && (
            <CheckStep
              draft={draft}
              check={check}
              onFingerprint={(fingerprint) => {
                const { fingerprint: _, ...config } = draft.config;
                const confirmed = { ...draft, config: fingerprint ? { ...config, fingerprint } : config };
                setDraft(confirmed);
                check.run(confirmed);
              }}
              onCaFile={() => goTo("address")}
            />
          )}
          {step === "mapping" && (
            <MappingStep draft={draft} onChange={setDraft} check={check} start={start} />
          )}
          {step === "save" && <SaveStep draft={draft} check={check} error={save.error} />}
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
        <p>What you typed is thrown away, the password too. Nothing has been saved.</p>
      </ConfirmDialog>
    </>
  );
}

function CheckReason({ gap, missing }: { gap: string; missing: boolean }) {
  return (
    <>
      {gap}{" "}
      {missing && (
        <>
          Missing rights can wait: their values will say <i>not collected</i>.
        </>
      )}
    </>
  );
}

function secondText(at: string): string {
  const date = new Date(at);
  return `${clockText(date)}:${String(date.getSeconds()).padStart(2, "0")}`;
}
