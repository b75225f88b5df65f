package reconcile

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// A schedule is kept by looking: what is due follows from the schedule, from
// how the source was read until now, and from the clock. Nothing is queued, so
// what was missed while the program was closed or the machine slept is made up
// for once, and a clock that was put back or forward puts nothing off.

const (
	longestPause = time.Hour       // between two tries after failures
	heldPatience = 4 * time.Hour   // how long a held run is left to be decided on
	clockSlack   = 1 * time.Minute // a time further ahead than this was told by another clock
)

// Due is what a schedule asks for next.
type Due struct {
	At      time.Time // zero: nothing is due by time
	Options Options
	Waiting string // why it is not at its regular time; empty if it is
}

// Now reports whether it is due.
func (d Due) Now(now time.Time) bool { return !d.At.IsZero() && !d.At.After(now) }

// due says what a schedule asks for next.
func due(s iam.ReadSchedule, h store.ReadHistory, now time.Time) Due {
	var d Due
	d.At = wholeAt(s, h, now)
	if p := privilegedAt(s, h, now); !p.IsZero() && (d.At.IsZero() || p.Before(d.At) && d.At.After(now)) {
		d.At, d.Options.Privileged = p, true
	}
	if d.At.IsZero() {
		return d
	}
	if h.Failures > 0 {
		pause := longestPause
		if h.Failures <= 6 {
			pause = min(pause, time.Minute<<(h.Failures-1))
		}
		d.At = notAhead(h.FailedAt, now).Add(pause)
		d.Options.Privileged = s.Every == 0 && s.Cron == "" && s.PrivilegedEvery > 0 || h.Newest != nil && h.Newest.Scope == iam.PrivilegedOnly
		d.Waiting = "The last read did not finish; it is tried again."
		if h.Failures > 1 {
			d.Waiting = fmt.Sprintf("The last %d reads did not finish; it is tried again, each time after a longer pause.", h.Failures)
		}
	}
	if n := h.Newest; n != nil && n.State == iam.Held {
		if until := notAhead(n.EndedAt, now).Add(heldPatience); until.After(d.At) {
			d.At, d.Waiting = until, "A read is held and waits for a decision."
		}
	}
	if open := nextOpen(s.Windows, later(d.At, now)); open.After(later(d.At, now)) {
		d.At = open
		if d.Waiting == "" {
			d.Waiting = "It waits for its time window."
		}
	}
	d.Options.Full = !d.Options.Privileged && s.FullEvery > 0 && h.Shown != nil &&
		(h.Full == nil || !notAhead(h.Full.StartedAt, now).Add(minutes(s.FullEvery)).After(later(d.At, now)))
	return d
}

// wholeAt is the regular time of the next read of the whole source.
func wholeAt(s iam.ReadSchedule, h store.ReadHistory, now time.Time) time.Time {
	if s.Every == 0 && s.Cron == "" {
		if s.FullEvery == 0 || s.Off() || h.Full == nil {
			return time.Time{}
		}
		return notAhead(h.Full.StartedAt, now).Add(minutes(s.FullEvery))
	}
	if h.Whole == nil {
		return slot(s, notAhead(s.SetAt, now))
	}
	began := notAhead(h.Whole.StartedAt, now)
	ended := now
	if h.Whole.EndedAt != 0 {
		ended = notAhead(h.Whole.EndedAt, now)
	}
	// What came due while it was being read is skipped, not made up for.
	at := slot(s, began)
	for !at.IsZero() && at.Before(ended) {
		if s.Cron == "" {
			at = at.Add(ended.Sub(at).Truncate(minutes(s.Every)) + minutes(s.Every))
		} else {
			at = slot(s, ended)
		}
	}
	return at
}

func privilegedAt(s iam.ReadSchedule, h store.ReadHistory, now time.Time) time.Time {
	if s.PrivilegedEvery == 0 {
		return time.Time{}
	}
	from := s.SetAt
	if h.Shown != nil {
		from = h.Shown.StartedAt
	}
	return notAhead(from, now).Add(minutes(s.PrivilegedEvery))
}

// slot is the next regular time after one.
func slot(s iam.ReadSchedule, after time.Time) time.Time {
	if s.Every > 0 {
		return after.Add(minutes(s.Every))
	}
	if c, err := parseCron(s.Cron); err == nil && s.Cron != "" {
		return c.Next(after)
	}
	return time.Time{}
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// notAhead is a time of the past in the clock's own place. One that lies ahead
// was told by a clock that has been put back since: whatever counts from it is
// due.
func notAhead(micro int64, now time.Time) time.Time {
	at := time.UnixMicro(micro).In(now.Location())
	if at.After(now.Add(clockSlack)) {
		return time.UnixMicro(0).In(now.Location())
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// cronText is what a cron expression may be made of. The parser takes more,
// such as names of time zones.
var cronText = regexp.MustCompile(`^[0-9A-Za-z*/,? -]+$`)

func parseCron(text string) (cron.Schedule, error) {
	if !cronText.MatchString(text) {
		return nil, fmt.Errorf("%q has characters that cannot be part of it", text)
	}
	return cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(text)
}

// CheckSchedule refuses a schedule that cannot be kept.
func CheckSchedule(s iam.ReadSchedule, now time.Time) error {
	const most = 366 * 24 * 60
	for _, f := range []struct {
		field string
		n     int
		least int
	}{{"every", s.Every, 1}, {"fullEvery", s.FullEvery, 60}, {"privilegedEvery", s.PrivilegedEvery, 1}} {
		if f.n != 0 && (f.n < f.least || f.n > most) {
			return iam.Errorf(iam.Invalid, "%d minutes are too few or too many.", f.n).In(f.field).Fix(fmt.Sprintf("Give %d to %d minutes, or 0 for not at all.", f.least, most))
		}
	}
	if s.Cron != "" {
		if s.Every != 0 {
			return iam.Errorf(iam.Invalid, "A source is read every so many minutes or by a cron expression, not both.").In("cron").Fix("Leave one of them out.")
		}
		c, err := parseCron(s.Cron)
		if err != nil {
			return iam.Errorf(iam.Invalid, "%q is no cron expression: %v.", s.Cron, err).In("cron").Fix(`Give minute, hour, day of the month, month and day of the week, such as "30 2 * * 1-5".`)
		}
		if c.Next(now).IsZero() {
			return iam.Errorf(iam.Invalid, "%q never comes.", s.Cron).In("cron").Fix("Give a day that exists.")
		}
	}
	for _, w := range s.Windows {
		switch {
		case len(w.Days) == 0:
			return iam.Errorf(iam.Invalid, "A time window needs at least one day.").In("windows").Fix("Name its days.")
		case w.From < 0 || w.From >= 24*60 || w.To < 0 || w.To >= 24*60 || slices.ContainsFunc(w.Days, func(d int) bool { return d < 0 || d > 6 }):
			return iam.Errorf(iam.Invalid, "A time window has a day or a time that does not exist.").In("windows").Fix("Give times from 00:00 to 23:59.")
		}
	}
	return nil
}

// isOpen reports whether a read may start by itself at a time.
func isOpen(windows []iam.Window, at time.Time) bool { return nextOpen(windows, at).Equal(at) }

// nextOpen is the first time, not before at, that lies in one of the windows.
func nextOpen(windows []iam.Window, at time.Time) time.Time {
	var next time.Time
	for _, w := range windows {
		for day := -1; day <= 7; day++ {
			clock := func(minute, more int) time.Time {
				return time.Date(at.Year(), at.Month(), at.Day()+day+more, 0, minute, 0, 0, at.Location())
			}
			from, to := clock(w.From, 0), clock(w.To, 0)
			if w.To <= w.From {
				to = clock(w.To, 1)
			}
			if !slices.Contains(w.Days, int(from.Weekday())) || !at.Before(to) {
				continue
			}
			if from = later(from, at); next.IsZero() || from.Before(next) {
				next = from
			}
			break
		}
	}
	if next.IsZero() {
		return at
	}
	return next
}
