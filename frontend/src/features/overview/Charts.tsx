import { lazy, Suspense } from "react";
import { countText } from "../../lib/number";
import { BarList } from "../../ui/BarList";
import { Section } from "../../ui/Page";
import type { Overview } from "./queries";

const StepChart = lazy(() => import("../../ui/StepChart"));

/** When accounts were last used, and how many memberships there were after each read. */
export function Charts({ overview }: { overview: Overview }) {
  const { signIns, membershipHistory: history } = overview;
  const unsure = signIns.find(
    (bucket) => bucket.bucket === "d90" && bucket.tone === "unsure" && bucket.count > 0,
  );
  const points = history.map((point) => ({ at: point.at, value: point.memberships }));
  return (
    <>
      <Section title="Accounts by last sign-in" aside={<span className="age">days ago</span>}>
        <div className="aside">
          {signIns.length === 0 ? (
            <p className="t2">No account has been read yet.</p>
          ) : (
            <BarList
              unit="accounts"
              bars={signIns.map(({ bucket, label, count, tone }) => ({
                label,
                value: count,
                tone,
                to: "/identities",
                search: { type: "account", signIn: bucket },
              }))}
            />
          )}
          {unsure && (
            <p className="help">
              {unsure.label} cannot be concluded: what the directory stores lags up to 14 days.
            </p>
          )}
        </div>
      </Section>
      <Section title="Memberships" aside={<span className="age">as observed, after each read</span>}>
        <div className="aside">
          {points.length === 0 ? (
            <p className="t2">Drawn from the first read that is applied.</p>
          ) : (
            <Suspense fallback={<div style={{ height: 128 }} />}>
              <StepChart
                points={points}
                unit="direct"
                describe={historyText(points.map((point) => point.value))}
              />
            </Suspense>
          )}
        </div>
      </Section>
    </>
  );
}

/** The curve in words, for those who do not see it. */
export function historyText(values: number[]): string {
  const last = values.at(-1) ?? 0;
  if (values.length < 2) return `${countText(last)} direct memberships after one read.`;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${countText(last)} direct memberships after the newest of ${countText(values.length)} reads; at least ${countText(low)}, at most ${countText(high)} in that time.`;
}
