package mfa

import (
	"fmt"
	"time"

	"gatehouse/backend/store"
)

// Guessing is slowed down by person, whoever asks: some failures in a row are
// free, then verification pauses, twice as long with each further failure.
const (
	freeFailures = 5
	firstPause   = time.Minute
	longestPause = time.Hour
)

// failed is a throttle after one more failure.
func failed(t store.Throttle, now int64) store.Throttle {
	t.Failures++
	if over := t.Failures - freeFailures; over >= 0 {
		pause := longestPause
		if over < 6 { // 2^6 minutes are more than an hour
			pause = min(firstPause<<over, longestPause)
		}
		t.BlockedUntil = now + pause.Microseconds()
	}
	return t
}

func isPaused(t store.Throttle, now int64) bool { return t.BlockedUntil > now }

// AttemptsLeft is how many more failures there are before verification pauses.
func AttemptsLeft(t store.Throttle, now int64) int64 {
	switch {
	case isPaused(t, now):
		return 0
	case t.Failures < freeFailures:
		return freeFailures - t.Failures
	}
	return 1 // a pause is over: the next failure begins a longer one
}

// afterFailure says what a failure led to.
func afterFailure(t store.Throttle) string {
	if left := freeFailures - t.Failures; left > 0 {
		return fmt.Sprintf("%s before verification pauses.", plural(left, "attempt is left", "attempts are left"))
	}
	return fmt.Sprintf("After %d failures in a row verification is paused until %s.", t.Failures, clock(t.BlockedUntil))
}

func pausedText(name string, t store.Throttle) string {
	return fmt.Sprintf("Verification of %s is paused until %s, after %d failures in a row. The code was not looked at. Wait, or verify the caller in another way.",
		name, clock(t.BlockedUntil), t.Failures)
}

func clock(micros int64) string { return time.UnixMicro(micros).UTC().Format("15:04:05 UTC") }

func plural(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
