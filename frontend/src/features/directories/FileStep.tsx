import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, dataOf } from "../../api/client";
import { fieldProblem, problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { ChoiceField } from "../../ui/ChoiceField";
import { TextField } from "../../ui/Field";
import { Note } from "../../ui/Page";
import { ProgressLine } from "../../ui/States";
import type { Draft } from "./draft";
import { fileOf, withOther } from "./fileDraft";

const most = 128 * 1024 * 1024;

/** Sends a file as it is: bytes, no form around them. */
async function send(file: File) {
  if (file.size > most)
    throw new Error(
      "The file has more than 128 MB. Put it on the computer that runs Gatehouse and name its path.",
    );
  const bytes = await file.arrayBuffer();
  return dataOf(
    api.POST("/files", {
      params: { query: { name: file.name } },
      headers: { "Content-Type": "application/octet-stream" },
      body: "",
      bodySerializer: () => bytes,
    }),
  );
}

/** Where the file is: here, to be sent once, or where Gatehouse runs, to be read anew each time. */
export function FileStep({
  draft,
  from,
  error,
  onFrom,
  onChange,
}: {
  draft: Draft;
  from: "upload" | "path";
  error: unknown;
  onFrom(from: "upload" | "path"): void;
  onChange(draft: Draft): void;
}) {
  const file = fileOf(draft);
  return (
    <div className="pad form">
      <ChoiceField
        label="Where the file is"
        value={from}
        onChange={onFrom}
        choices={[
          {
            value: "upload",
            label: "On this computer: send it",
            help: "Kept beside the database while this source uses it, and deleted with it. To send a newer export, change the source.",
          },
          {
            value: "path",
            label: "Where Gatehouse runs: name its path",
            help: "Read anew each time, as for an export that a personnel system writes every night.",
          },
        ]}
      />
      {from === "upload" ? (
        <Drop draft={draft} onChange={onChange} />
      ) : (
        <TextField
          label="Path"
          mono
          value={file.path ?? ""}
          onChange={(event) => onChange(withOther(draft, { path: event.currentTarget.value }))}
          help="From the root, such as /srv/exports/staff.csv. An ordinary file of at most 512 MB; links are not followed."
          error={fieldProblem(error, "path")}
        />
      )}
      <p className="t2 sm">
        csv, xlsx or LDIF: one row a person, the names of the columns above them. The file is only read;
        nothing is written to it.
      </p>
    </div>
  );
}

function Drop({ draft, onChange }: { draft: Draft; onChange(draft: Draft): void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const sending = useMutation({
    mutationFn: send,
    onSuccess: ({ id, name }) => onChange(withOther(draft, { upload: id, name })),
  });
  const { upload, name } = fileOf(draft);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) sending.mutate(file);
  };
  const problem = sending.error ? problemOf(sending.error) : undefined;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard */}
      <div
        className={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}
      >
        {upload ? (
          <span className="mono ell">{name}</span>
        ) : (
          <span className="t2">Drop the file here, or</span>
        )}
        <Button
          reason={sending.isPending && "The file is being sent."}
          onClick={() => input.current?.click()}
        >
          {upload ? "Choose another…" : "Choose file…"}
        </Button>
        <input
          ref={input}
          type="file"
          className="sr-only"
          tabIndex={-1}
          aria-label="File"
          accept=".csv,.txt,.tsv,.xlsx,.xlsm,.ldif,.ldf"
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </div>
      {sending.isPending && <ProgressLine label="Sending the file" done={0} />}
      {problem && (
        <Note tone="danger">
          <span role="alert">
            {problem.status === 0 && sending.error instanceof Error ? sending.error.message : problem.detail}{" "}
            {problem.remedy}
          </span>
        </Note>
      )}
    </>
  );
}
