import { canSaveText, saveText } from "../../api/native";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { codesText } from "./CodeList";
import type { Handed } from "./hand";

/** Takes recovery codes out of the page: by the clipboard, or as a file where a browser can save one. */
export function HandOver({ codes, name, handed }: { codes: string[]; name: string; handed: Handed }) {
  const text = () => codesText(codes, name);
  const copy = () => {
    handed.mutate("codesCopied");
    return text();
  };
  const save = () => handed.mutate("codesSaved", { onSuccess: () => saveText("recovery-codes.txt", text()) });
  return (
    <div className="row">
      <CopyButton text={copy} label="Copy codes" />
      {canSaveText() && (
        <Button size="sm" icon="download" onClick={save}>
          Save
        </Button>
      )}
      <span className="sm t3 nw">{canSaveText() ? "both are logged" : "this is logged"}</span>
    </div>
  );
}

/** What stands where noting it failed: the audit log does not know how the secret left. */
export function NotNoted({ handed }: { handed: Handed }) {
  if (!handed.error) return null;
  const { detail, remedy } = problemOf(handed.error);
  return (
    <p className="help c-danger" role="alert">
      This was not written to the audit log. {detail} {remedy}
    </p>
  );
}
