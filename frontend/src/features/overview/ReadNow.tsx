import type { Schema } from "../../api/client";
import { expectedOf, progressText, useCancelRun, useStartRuns } from "../../api/runs";
import { plural } from "../../lib/number";
import { problemOf } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { EntityLink } from "../../ui/Links";
import { ProgressLine } from "../../ui/States";
import { isReading } from "./queries";

/** Reads every source that is not being read. */
export function ReadNow({ sources }: { sources: Schema<"Source">[] }) {
  const start = useStartRuns();
  const idle = sources.filter((source) => !isReading(source)).map((source) => source.id);
  const reason = idle.length === 0 ? "Every source is being read." : start.isPending && "Starting.";
  const refused = start.error && problemOf(start.error);
  return (
    <>
      {refused && (
        <span className="sm c-danger ell" role="alert" title={`${refused.detail} ${refused.remedy ?? ""}`}>
          Not all could be read: {refused.detail}
        </span>
      )}
      <Button
        look="primary"
        icon="refresh"
        reason={reason}
        title={`Reads ${plural(idle.length, "source")}; changes nothing there`}
        onClick={() => start.mutate({ sources: idle })}
      >
        Read now
      </Button>
    </>
  );
}

/** A line for each source that is being read, with its count and Cancel. */
export function ReadingLines({ sources, mayCancel }: { sources: Schema<"Source">[]; mayCancel: boolean }) {
  const cancel = useCancelRun();
  const reading = sources.filter(isReading);
  if (reading.length === 0) return null;
  return (
    <div className="pad stack" style={{ paddingTop: 0 }}>
      {reading.map(({ id, newest, lastComplete }) => {
        const source = sources.find((each) => each.id === id);
        if (!newest || !source) return null;
        return (
          <ProgressLine
            key={id}
            label={
              <>
                <EntityLink entity={{ kind: "run", id: newest.id, name: source.name }} strong />{" "}
                {progressText(newest, lastComplete)}
              </>
            }
            done={newest.progress ?? 0}
            total={expectedOf(newest, lastComplete)}
            {...(mayCancel && { onCancel: () => cancel.mutate(newest.id) })}
          />
        );
      })}
    </div>
  );
}
