import { useEffect, useState } from "react";
import { clockText } from "../../lib/moment";

/** The present time, renewed every second: for what runs out while one looks at it. */
export function useSecond(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Whole seconds from now until a time, never below 0. A second that has begun counts as whole. */
export function secondsUntil(until: string, now: Date): number {
  return Math.max(0, Math.ceil((Date.parse(until) - now.getTime()) / 1000));
}

/** 581 as "9:41". */
export function countdownText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Seconds until an app shows its next code: steps are counted from 1970 (RFC 6238), so every clock agrees. */
export function secondsOfStep(period: number, now: Date): number {
  return period - (Math.floor(now.getTime() / 1000) % period);
}

/** Local clock time with its seconds, "14:32:06". */
export function secondText(at: Date): string {
  return `${clockText(at)}:${String(at.getSeconds()).padStart(2, "0")}`;
}
