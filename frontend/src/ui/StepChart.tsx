import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockText, dayText } from "../lib/moment";
import { countText } from "../lib/number";

export interface StepPoint {
  /** RFC 3339. */
  at: string;
  value: number;
}

const height = 128;

// A curve of a day or two has clock times below it, a longer one days. A mark at the very edge would be cut off.
function tick(plot: uPlot, seconds: number, span: number): string {
  if (plot.valToPos(seconds, "x") < 20) return "";
  const at = new Date(seconds * 1000);
  return span < 2 * 24 * 3600 ? clockText(at) : dayText(at, new Date());
}

/** A value over time, as observed: it holds until the next point. The last value is written at its end. */
export default function StepChart({
  points,
  unit,
  describe,
}: {
  points: StepPoint[];
  /** Below the last value: "direct". */
  unit: string;
  /** The same in words. */
  describe: string;
}) {
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const box = useRef<HTMLDivElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew when the scheme changes
  useEffect(() => {
    const target = box.current;
    if (!target || width === 0 || points.length === 0) return;
    const style = getComputedStyle(target);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    // The last value holds until now.
    const end = Date.now() / 1000;
    const times = [...points.map((point) => Date.parse(point.at) / 1000), end];
    const values = points.map((point) => point.value);
    values.push(values.at(-1) ?? 0);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const air = Math.max(1, (high - low) * 0.2);
    const plot = new uPlot(
      {
        width,
        height,
        padding: [12, 64, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: [low - air, high + air] } },
        axes: [
          {
            stroke: colour("--text-3"),
            font: `11px ${style.fontFamily}`,
            size: 24,
            space: 88,
            grid: { show: false },
            ticks: { show: false },
            values: (drawn, marks) => marks.map((seconds) => tick(drawn, seconds, end - (times[0] ?? end))),
          },
          {
            size: 0,
            values: () => [],
            space: 36,
            grid: { stroke: colour("--chart-grid"), width: 1 },
            ticks: { show: false },
          },
        ],
        series: [
          {},
          {
            stroke: colour("--chart-1"),
            width: 1.5,
            points: { show: false },
            ...(uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) }),
          },
        ],
        hooks: {
          draw: [
            (drawn) => {
              const label = mark.current;
              if (!label) return;
              label.style.left = `${drawn.valToPos(end, "x") + 8}px`;
              label.style.top = `${drawn.valToPos(values.at(-1) ?? 0, "y") + 4}px`;
            },
          ],
        },
      },
      [times, values],
      target,
    );
    return () => plot.destroy();
  }, [points, width, scheme]);
  return (
    <figure ref={ref} className="chart" aria-label={describe} style={{ height }} data-scheme={scheme}>
      <figcaption className="sr-only">{describe}</figcaption>
      <div ref={box} aria-hidden="true" />
      <div ref={mark} className="chart-mark" aria-hidden="true">
        <b>{countText(points.at(-1)?.value ?? 0)}</b>
        <span>{unit}</span>
      </div>
    </figure>
  );
}
