import { KeyValue } from "../../ui/KeyValue";
import { Section } from "../../ui/Page";
import { When } from "../../ui/When";
import { Word } from "../../ui/Word";
import { type FileConfig, fileFields } from "./fileDraft";
import type { Source } from "./queries";
import { CannotShow, Holds } from "./SourceFacts";

/** Which file a source is, what was read of it, and what is not seen. */
export function FileFacts({ source, file }: { source: Source; file: FileConfig }) {
  const form = [file.format, file.sheet, file.format === "csv" && file.encoding].filter(Boolean).join(", ");
  return (
    <>
      <Section title="Facts">
        <div className="pad" style={{ paddingTop: 0 }}>
          <KeyValue
            facts={[
              { label: "Access", value: "read-only" },
              { label: "File", value: file.path ?? file.name, mono: true },
              { label: "Comes from", value: file.path ? "where Gatehouse runs" : "sent by an operator" },
              { label: "Form", value: form || <Word>told by the content</Word> },
              { label: "Last read", value: source.server || <Word>never</Word>, title: source.server },
              { label: "Holds", value: <Holds source={source} /> },
              {
                label: "Last complete",
                value: source.lastComplete ? (
                  <When at={source.lastComplete.endedAt} age="ago" />
                ) : (
                  <Word>never</Word>
                ),
              },
            ]}
          />
        </div>
      </Section>
      <CannotShow source={source} />
      <Section title="Columns" beside="which column means what">
        <div className="pad" style={{ paddingTop: 0 }}>
          <KeyValue
            facts={[
              { label: "Key", value: file.keyColumn || <Word>the entry&apos;s own id</Word> },
              ...fileFields.map(({ id, label }) => ({
                label,
                value: file.columns?.[id] || <Word>not supported</Word>,
              })),
            ]}
          />
        </div>
      </Section>
    </>
  );
}
