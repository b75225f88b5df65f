import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { saveExport } from "../../api/native";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { Note } from "../../ui/Page";
import { ErrorState } from "../../ui/States";
import { type Missing, useRelink } from "./links";

/** The bytes of a file as the server takes them. */
function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** A workbook to the owners and back. */
export function OwnershipWorkbook({ missing }: { missing?: Missing }) {
  const file = useRef<HTMLInputElement>(null);
  const [workbook, setWorkbook] = useState("");
  const save = useMutation({
    mutationFn: async () => {
      const made = await dataOf(
        api.POST("/accounts/ownership/exports", { body: { ...(missing && { missing }) } }),
      );
      await saveExport(made.id);
    },
  });
  const look = useMutation({
    mutationFn: (text: string) =>
      dataOf(api.POST("/accounts/ownership/import", { body: { workbook: text, dryRun: true } })),
  });
  const apply = useRelink(
    () => dataOf(api.POST("/accounts/ownership/import", { body: { workbook } })),
    () => setWorkbook(""),
  );
  const pick = async (chosen: File | undefined) => {
    if (!chosen) return;
    const text = base64(new Uint8Array(await chosen.arrayBuffer()));
    setWorkbook(text);
    look.mutate(text);
  };
  const plan = look.data;
  return (
    <>
      {save.error ? (
        <span className="sm c-danger">The workbook could not be made: {save.error.message}</span>
      ) : null}
      <input
        ref={file}
        type="file"
        accept=".xlsx"
        aria-label="Workbook that came back"
        hidden
        onChange={(event) => {
          void pick(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      <Button onClick={() => file.current?.click()}>Bring workbook back…</Button>
      <Button reason={save.isPending && "Writing."} onClick={() => save.mutate()}>
        Workbook for owners…
      </Button>
      <ConfirmDialog
        opened={workbook !== ""}
        title="Take over what the workbook says?"
        act="Take over"
        reason={
          (!plan && "Reading the workbook.") ||
          (plan && plan.problems.length > 0 && "Nothing is taken over while any row is refused.") ||
          (plan?.changed === 0 && "The workbook changes nothing.")
        }
        busy={apply.isPending}
        error={apply.error}
        onConfirm={() => apply.mutate(undefined)}
        onClose={() => setWorkbook("")}
      >
        {look.error ? <ErrorState error={look.error} what="The workbook could not be read." /> : null}
        {plan && <Plan plan={plan} />}
      </ConfirmDialog>
    </>
  );
}

function Plan({ plan }: { plan: Schema<"OwnershipImported"> }) {
  return (
    <div className="stack">
      <p>
        {plural(plan.rows, "row")}, {plural(plan.changed, "account")} would change
        {plan.missing > 0 && `, ${plural(plan.missing, "account")} not in the workbook stay as they are`}.
      </p>
      {plan.problems.map((problem) => (
        <Note key={`${problem.row} ${problem.kind}`} tone="danger">
          {problem.text}
        </Note>
      ))}
    </div>
  );
}
