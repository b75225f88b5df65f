import { canSaveText, saveText } from "../../api/native";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { codesText } from "./CodeList";
import type { Handed, How } from "./hand";

/** Takes recovery codes out of the page: by the clipboard, or as a file where a browser can save one. */
export function HandOver({ codes, name, handed }: { codes: string[]; name: string; handed: Handed }) {
  const text = () => codesText(codes, name);
  const copy = () => {
    handed.mutate("codesCopied");
    return text();
  };
  const save = () => handed.mutate("codesSaved", { onSuccess: () => saveText("recovery-codes.txt", text()) });
  return (
    <>
      <div className="row">
        <CopyButton text={copy} label="Copy codes" />
        {canSaveText() && (
          <Button size="sm" icon="download" onClick={save}>
            Save
          </Button>
        )}
        <span className="sm t3 nw">{canSaveText() ? "both are logged" : "this is logged"}</span>
      </div>
      <NotNoted handed={handed} of={["codesCopied", "codesSaved"]} />
    </>
  );
}

/** What stands where noting it failed: what was only copied has left, the rest was not done. */
export function NotNoted({ handed, of }: { handed: Handed; of: How[] }) {
  const how = handed.variables;
  if (!handed.error || !how || !of.includes(how)) return null;
  const { detail, remedy } = problemOf(handed.error);
  const copied = how === "keyCopied" || how === "codesCopied";
  return (
    <p className="help c-danger" role="alert">
      {copied
        ? "Copied, but not written to the audit log."
        : "Not done: it could not be written to the audit log."}{" "}
      {detail} {remedy}
    </p>
  );
}
