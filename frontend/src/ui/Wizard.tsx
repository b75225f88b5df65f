import type { ReactNode } from "react";
import { Button } from "./Button";
import { Icon } from "./Icon";

export interface WizardStep {
  id: string;
  label: string;
}

/** A task in steps: the steps in a line, the page of one, acts in a foot with the reason beside a greyed act. */
export function Wizard({
  steps,
  at,
  summary,
  reason,
  forward = "Continue",
  forwardLook,
  busy,
  onBack,
  onForward,
  onCancel,
  children,
}: {
  steps: WizardStep[];
  /** Index of the present step. */
  at: number;
  /** At the right of the steps: "5 passed, 1 needs you". */
  summary?: ReactNode;
  /** Why one cannot go on yet; greys the act and stands beside it. */
  reason?: ReactNode;
  forward?: string;
  forwardLook?: "primary";
  busy?: boolean;
  onBack?: () => void;
  onForward(): void;
  /** Leaves the task; absent once there is nothing left to cancel. */
  onCancel?: () => void;
  children: ReactNode;
}) {
  const stopped = Boolean(reason) || Boolean(busy);
  return (
    <>
      <nav className="steps" aria-label="Steps">
        <ol>
          {steps.map((step, index) => (
            <li key={step.id} aria-current={index === at ? "step" : undefined}>
              {index < at ? <Icon name="check" /> : <b>{index + 1}</b>} {step.label}
              {index < at && <span className="sr-only">done</span>}
            </li>
          ))}
        </ol>
        <span className="grow" />
        <span className="sm t2">{summary}</span>
      </nav>
      {children}
      <div className="wfoot">
        {onCancel && (
          <Button size="lg" look="ghost" onClick={onCancel} style={{ marginLeft: -14 }}>
            Cancel
          </Button>
        )}
        <span className="grow" />
        <span className="t2" id="wizard-reason" aria-live="polite">
          {reason}
        </span>
        {onBack && (
          <Button size="lg" onClick={onBack}>
            Back
          </Button>
        )}
        <Button
          size="lg"
          {...(forwardLook && { look: forwardLook })}
          aria-disabled={stopped || undefined}
          aria-describedby={reason ? "wizard-reason" : undefined}
          onClick={() => !stopped && onForward()}
        >
          {forward}
        </Button>
      </div>
    </>
  );
}
