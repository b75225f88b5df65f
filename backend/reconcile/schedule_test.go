package reconcile

import (
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// zone has a summer time, so that local days are not all of 24 hours.
func zone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Skip("this machine knows no time zones:", err)
	}
	return z
}

// TestDue is the table of what a schedule asks for.
func TestDue(t *testing.T) {
	z := zone(t)
	at := func(text string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", text, z)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	ran := func(state iam.RunState, mode, from, to string) *iam.Run {
		run := &iam.Run{State: state, Mode: mode, StartedAt: at(from).UnixMicro(), Drift: iam.NoDrift}
		if to != "" {
			run.EndedAt = at(to).UnixMicro()
		}
		return run
	}
	// A source that was read in full on Monday and its changes since.
	known := func(last *iam.Run) store.ReadHistory {
		full := ran(iam.Applied, "full", "2026-03-09 08:00", "2026-03-09 08:05")
		h := store.ReadHistory{Newest: last, Whole: last, Shown: last, Full: full}
		if last.State != iam.Applied {
			h.Shown = full
		}
		return h
	}
	applied := func(from, to string) store.ReadHistory { return known(ran(iam.Applied, "incremental", from, to)) }
	failing := func(n int, ended string) store.ReadHistory {
		h := known(ran(iam.Partial, "incremental", ended, ended))
		h.Failures, h.Failed = n, h.Newest
		return h
	}
	set := at("2026-03-10 09:00").UnixMicro()
	nights := []iam.Window{{Days: []int{1, 2, 3, 4, 5}, From: 20 * 60, To: 6 * 60}}
	hourly := iam.ReadSchedule{Every: 60, FullEvery: 7 * 24 * 60, SetAt: set}
	for _, c := range []struct {
		name    string
		s       iam.ReadSchedule
		h       store.ReadHistory
		now     string
		at      string // empty: never
		options Options
		waiting string
	}{
		{"off", iam.ReadSchedule{FullEvery: 60, SetAt: set}, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-10 12:00", "", Options{}, ""},
		{"live alone", iam.ReadSchedule{Live: true, SetAt: set}, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-10 12:00", "", Options{}, ""},
		{"live, and all once a week", iam.ReadSchedule{Live: true, FullEvery: 7 * 24 * 60, SetAt: set}, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-10 12:00", "2026-03-16 08:00", Options{Full: true}, ""},
		{"never read: from when it was set", hourly, store.ReadHistory{}, "2026-03-10 09:10", "2026-03-10 10:00", Options{}, ""},
		{"every hour", hourly, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-10 10:30", "2026-03-10 11:00", Options{}, ""},
		{"read by hand in between", hourly, applied("2026-03-10 10:25", "2026-03-10 10:26"), "2026-03-10 10:30", "2026-03-10 11:25", Options{}, ""},
		{"missed for a day: once, now", hourly, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-11 10:30", "2026-03-10 11:00", Options{}, ""},
		{"a run longer than the span: the slot in it is skipped", hourly, applied("2026-03-10 10:00", "2026-03-10 12:20"), "2026-03-10 12:21", "2026-03-10 13:00", Options{}, ""},
		{"under way", hourly, known(ran(iam.Reading, "incremental", "2026-03-10 10:00", "")), "2026-03-10 12:21", "2026-03-10 13:00", Options{}, ""},
		{"all after a week", hourly, applied("2026-03-16 07:30", "2026-03-16 07:31"), "2026-03-16 07:40", "2026-03-16 08:30", Options{Full: true}, ""},
		{"not yet all", hourly, applied("2026-03-16 06:30", "2026-03-16 06:31"), "2026-03-16 06:40", "2026-03-16 07:30", Options{}, ""},
		{"the clock was put back: now", hourly, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2025-06-01 10:00", "1970-01-01 02:00", Options{Full: true}, ""},
		{"the clock was put forward: once", hourly, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2027-03-10 10:00", "2026-03-10 11:00", Options{Full: true}, ""},

		{"cron", iam.ReadSchedule{Cron: "30 2 * * 1-5", SetAt: set}, applied("2026-03-13 02:30", "2026-03-13 02:31"), "2026-03-13 12:00", "2026-03-16 02:30", Options{}, ""},
		{"cron, missed", iam.ReadSchedule{Cron: "30 2 * * *", SetAt: set}, applied("2026-03-10 02:30", "2026-03-10 02:31"), "2026-03-13 12:00", "2026-03-11 02:30", Options{}, ""},
		{"cron at an hour that summer time leaves out", iam.ReadSchedule{Cron: "30 2 * * *", SetAt: set}, applied("2026-03-28 02:30", "2026-03-28 02:31"), "2026-03-29 12:00", "2026-03-30 02:30", Options{}, ""},

		{"one failure", hourly, failing(1, "2026-03-10 10:00"), "2026-03-10 10:00", "2026-03-10 10:01", Options{}, "did not finish"},
		{"four failures", hourly, failing(4, "2026-03-10 10:00"), "2026-03-10 10:00", "2026-03-10 10:08", Options{}, "last 4 reads did not finish"},
		{"ten failures", hourly, failing(10, "2026-03-10 10:00"), "2026-03-10 10:00", "2026-03-10 11:00", Options{}, "10 reads"},
		{"failures, read more often than that", iam.ReadSchedule{Every: 1, SetAt: set}, failing(5, "2026-03-10 10:00"), "2026-03-10 10:05", "2026-03-10 10:16", Options{}, "5 reads"},

		{"a held read waits", hourly, known(ran(iam.Held, "incremental", "2026-03-10 10:00", "2026-03-10 10:01")), "2026-03-10 12:00", "2026-03-10 14:01", Options{}, "waits for a decision"},
		{"and is made again", hourly, known(ran(iam.Held, "incremental", "2026-03-10 10:00", "2026-03-10 10:01")), "2026-03-10 15:00", "2026-03-10 14:01", Options{}, "waits for a decision"},

		{"the privileged groups in between", iam.ReadSchedule{Every: 60, PrivilegedEvery: 5, SetAt: set}, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-10 10:03", "2026-03-10 10:05", Options{Privileged: true}, ""},
		{"when the whole is due, the whole", iam.ReadSchedule{Every: 60, PrivilegedEvery: 5, SetAt: set}, applied("2026-03-10 10:00", "2026-03-10 10:01"), "2026-03-10 11:00", "2026-03-10 11:00", Options{}, ""},

		{"outside of its window", iam.ReadSchedule{Every: 60, Windows: nights, SetAt: set}, applied("2026-03-10 05:30", "2026-03-10 05:31"), "2026-03-10 10:00", "2026-03-10 20:00", Options{}, "time window"},
		{"in the part after midnight", iam.ReadSchedule{Every: 60, Windows: nights, SetAt: set}, applied("2026-03-14 04:00", "2026-03-14 04:01"), "2026-03-14 05:10", "2026-03-14 05:00", Options{}, ""},
		{"over the weekend", iam.ReadSchedule{Every: 60, Windows: nights, SetAt: set}, applied("2026-03-14 05:30", "2026-03-14 05:31"), "2026-03-14 10:00", "2026-03-16 20:00", Options{}, "time window"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := due(c.s, c.h, at(c.now))
			got := ""
			if !d.At.IsZero() {
				got = d.At.Format("2006-01-02 15:04")
			}
			if got != c.at || d.Options != c.options && c.at != "" || !strings.Contains(d.Waiting, c.waiting) || c.waiting == "" && d.Waiting != "" {
				t.Errorf("%s %+v %q, want %s %+v %q", got, d.Options, d.Waiting, c.at, c.options, c.waiting)
			}
		})
	}
}

func TestWindows(t *testing.T) {
	z := zone(t)
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 3, d, hour, minute, 0, 0, z) }
	every := []int{0, 1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		name     string
		windows  []iam.Window
		at, open time.Time
	}{
		{"none", nil, day(10, 3, 0), day(10, 3, 0)},
		{"inside", []iam.Window{{Days: every, From: 120, To: 240}}, day(10, 3, 0), day(10, 3, 0)},
		{"at its begin", []iam.Window{{Days: every, From: 120, To: 240}}, day(10, 2, 0), day(10, 2, 0)},
		{"at its end", []iam.Window{{Days: every, From: 120, To: 240}}, day(10, 4, 0), day(11, 2, 0)},
		{"the whole day", []iam.Window{{Days: []int{2}, From: 0, To: 0}}, day(10, 23, 59), day(10, 23, 59)},
		{"the same day next week", []iam.Window{{Days: []int{2}, From: 60, To: 120}}, day(10, 3, 0), day(17, 1, 0)},
		{"the nearer of two", []iam.Window{{Days: []int{5}, From: 0, To: 60}, {Days: []int{4}, From: 0, To: 60}}, day(10, 3, 0), day(12, 0, 0)},
		{"the day on which summer time begins", []iam.Window{{Days: []int{0}, From: 150, To: 300}}, day(28, 12, 0), time.Date(2026, 3, 29, 2, 30, 0, 0, z)},
	} {
		if got := nextOpen(c.windows, c.at); !got.Equal(c.open) {
			t.Errorf("%s: %s, want %s", c.name, got, c.open)
		}
	}
}

func TestSchedulesThatCannotBeKept(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		field string
		s     iam.ReadSchedule
	}{
		{"every", iam.ReadSchedule{Every: -1}}, {"every", iam.ReadSchedule{Every: 1 << 40}}, {"fullEvery", iam.ReadSchedule{Every: 5, FullEvery: 59}},
		{"privilegedEvery", iam.ReadSchedule{PrivilegedEvery: -5}},
		{"cron", iam.ReadSchedule{Cron: "0 0 31 2 *"}}, {"cron", iam.ReadSchedule{Cron: "61 * * * *"}}, {"cron", iam.ReadSchedule{Cron: "* * * *"}},
		{"cron", iam.ReadSchedule{Cron: "TZ="}}, {"cron", iam.ReadSchedule{Cron: "CRON_TZ=UTC 0 0 * * *"}}, {"cron", iam.ReadSchedule{Cron: "@daily"}}, {"cron", iam.ReadSchedule{Cron: "0 0 * * *", Every: 5}},
		{"windows", iam.ReadSchedule{Every: 5, Windows: []iam.Window{{From: 1, To: 2}}}}, {"windows", iam.ReadSchedule{Every: 5, Windows: []iam.Window{{Days: []int{7}, From: 1, To: 2}}}},
		{"windows", iam.ReadSchedule{Every: 5, Windows: []iam.Window{{Days: []int{1}, From: -1, To: 2}}}},
		{"", iam.ReadSchedule{}}, {"", iam.ReadSchedule{Every: 1, FullEvery: 60, PrivilegedEvery: 1, Live: true}}, {"", iam.ReadSchedule{Cron: "*/15 8-18 * * MON-FRI"}},
		{"", iam.ReadSchedule{Every: 5, Windows: []iam.Window{{Days: []int{0, 6}, From: 0, To: 23*60 + 59}}}},
	} {
		err := CheckSchedule(c.s, now)
		if c.field == "" && err != nil || c.field != "" && (iam.KindOf(err) != iam.Invalid || !strings.Contains(fieldOf(err), c.field)) {
			t.Errorf("%+v: %v, want the field %q", c.s, err, c.field)
		}
	}
}

// FuzzCron: whatever is typed is refused or comes at some time, and never ends
// the program.
func FuzzCron(f *testing.F) {
	for _, s := range []string{"30 2 * * 1-5", "*/15 * * * *", "TZ=", "TZ=UTC", "@every 1s", "0 0 31 2 *", "? ? ? ? ?", "5-1 * * * *", "*/0 * * * *", "1,2,3 JAN * * *", "99999999999999999999 * * * *", "  "} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || CheckSchedule(iam.ReadSchedule{Cron: text}, now) != nil {
			return
		}
		if at := slot(iam.ReadSchedule{Cron: text}, now); !at.After(now) {
			t.Errorf("%q comes at %s", text, at)
		}
	})
}
