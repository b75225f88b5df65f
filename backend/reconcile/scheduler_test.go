package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

func fieldOf(err error) string {
	var e *iam.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Field
}

// schedule sets the schedule of the rig's source.
func (r *rig) schedule(s iam.ReadSchedule) {
	r.t.Helper()
	_, err := r.store.Write(ann, "schedule.change", func(x *store.Tx) error { return x.PutSchedule(ann, r.source.ID, s) })
	r.must(err)
}

var clockwork = iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Schedule})

// look looks at the schedules once and answers what that started, with its mode.
func (r *rig) look() string {
	r.t.Helper()
	before := r.count()
	r.runner.look(clockwork)
	r.runner.Idle(ann)
	var all []string
	r.must(r.store.View(ann, func(v *store.Reader) error {
		runs, _, err := v.Runs(ann, r.source.ID, 0, int(r.count()-before))
		for _, x := range runs {
			all = append(all, x.Mode+" "+string(x.State))
		}
		return err
	}))
	return strings.Join(all, ", ")
}

func (r *rig) count() (n int64) {
	r.t.Helper()
	r.must(r.store.View(ann, func(v *store.Reader) (err error) {
		_, n, err = v.Runs(ann, r.source.ID, 0, 0)
		return err
	}))
	return n
}

// TestTheSchedulerKeepsTime plays three days of a source that is read every hour.
func TestTheSchedulerKeepsTime(t *testing.T) {
	r, d := newRig(t), newTown(10, map[string]int{"admins": 3})
	r.connect(rereading{d})
	if got := r.look(); got != "" {
		t.Errorf("without a schedule: %s", got)
	}
	r.schedule(iam.ReadSchedule{Every: 60, FullEvery: 24 * 60})
	for _, c := range []struct {
		name  string
		pass  time.Duration
		do    func()
		want  string
		again string // at the same moment
	}{
		{"just set", 0, nil, "", ""},
		{"an hour later", time.Hour, nil, "full applied", ""},
		{"not yet", 59 * time.Minute, nil, "", ""},
		{"an hour after that", time.Minute, nil, "incremental applied", ""},
		{"the program was closed for twenty hours", 20 * time.Hour, nil, "incremental applied", ""},
		{"a day after the full read", 3 * time.Hour, nil, "full applied, incremental applied", ""},
		{"the clock was put back by a month", -30 * 24 * time.Hour, nil, "full applied, incremental applied", ""},
		{"and goes on", time.Hour, nil, "incremental applied", ""},
		{"the clock was put forward by a year", 365 * 24 * time.Hour, nil, "full applied, incremental applied", ""},
		{"the directory is away", time.Hour, func() { d.fail = iam.Errorf(iam.Unavailable, "The line is dead.") }, "incremental partial", ""},
		{"half a minute is too soon", 30 * time.Second, nil, "", ""},
		{"a minute is not", 30 * time.Second, nil, "incremental partial", ""},
		{"the second pause is longer", 90 * time.Second, nil, "", ""},
		{"and it comes back", 30 * time.Second, func() { d.fail = nil }, "incremental applied", ""},
		{"a read is held", time.Hour, func() { d.set("admins", dnOf(0)) }, "incremental held", ""},
		{"it waits for a decision", 3 * time.Hour, nil, "", ""},
		{"and reads again at last", time.Hour, nil, "incremental held", ""},
		{"decided, and the clock put back by a year", -365 * 24 * time.Hour, func() { d.set("admins", dnOf(0), dnOf(1), dnOf(2)) }, "full applied, incremental applied", ""},
		{"the directory is away again", time.Hour, func() { d.fail = iam.Errorf(iam.Unavailable, "The line is dead.") }, "incremental partial", ""},
		{"half a minute is too soon again", 30 * time.Second, nil, "", ""},
		{"and a minute is not", 30 * time.Second, nil, "incremental partial", ""},
		{"off", 10 * time.Hour, func() { r.schedule(iam.ReadSchedule{FullEvery: 60}) }, "", ""},
	} {
		r.pass(c.pass)
		if c.do != nil {
			c.do()
		}
		if got := r.look(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := r.look(); got != c.again {
			t.Errorf("%s, once more: %q, want %q", c.name, got, c.again)
		}
	}
	// The event of a run says who started it.
	r.must(r.store.View(ann, func(v *store.Reader) error {
		for l, err := range v.Events(ann) {
			if err != nil {
				return err
			}
			if strings.HasPrefix(l.Record.Action, "run.") && l.Record.Actor != iam.Schedule {
				t.Errorf("%s by %s", l.Record.Action, l.Record.Actor)
			}
		}
		return nil
	}))
}

// TestNoOverlap: what comes due while a source is being read is noted and not
// made up for.
func TestNoOverlap(t *testing.T) {
	r := newRig(t)
	var log strings.Builder
	var mu sync.Mutex
	r.runner.log = slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); defer mu.Unlock(); log.Write(b) }), nil))
	r.schedule(iam.ReadSchedule{Every: 10})
	r.plain.records = company(3, nil)
	r.plain.block = make(chan struct{})
	r.pass(10 * time.Minute)
	r.runner.look(clockwork)
	for range 3 {
		r.pass(12 * time.Minute)
		r.runner.look(clockwork)
	}
	if r.count() != 1 {
		t.Errorf("%d runs", r.count())
	}
	mu.Lock()
	said := strings.Count(log.String(), "is skipped")
	mu.Unlock()
	if said != 1 {
		t.Errorf("said %d times", said)
	}
	close(r.plain.block)
	r.runner.Idle(ann)
	r.plain = &plain{records: company(3, nil)}
	if got := r.look(); got != "" {
		t.Errorf("right after it: %q", got)
	}
	r.pass(4 * time.Minute) // 40 minutes after it began
	if got := r.look(); got != "full applied" {
		t.Errorf("at the next slot: %q", got)
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// TestTheSchedulerRunsByItself: it looks when something happens, and stops with
// Close.
func TestTheSchedulerRunsByItself(t *testing.T) {
	r, d := newRig(t), newTown(10, nil)
	r.connect(rereading{d})
	r.runner.KeepSchedules(ann)
	r.schedule(iam.ReadSchedule{Every: 1})
	r.pass(2 * time.Minute)
	r.store.Notices.Publish("sources") // as a Write of a schedule does
	within(t, 10*time.Second, func() bool { return r.open() == "10 accounts, 0 memberships" })
	r.runner.Close()
	r.pass(time.Hour)
	r.store.Notices.Publish("sources")
	if _, err := r.runner.Start(ann, r.source.ID, Options{}); iam.KindOf(err) != iam.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func within(t *testing.T, d time.Duration, done func() bool) {
	t.Helper()
	for until := time.Now().Add(d); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("it did not come within %s", d)
		}
	}
}

// TestStartDue: the command for cron and Task Scheduler reads what is due and
// nothing else.
func TestStartDue(t *testing.T) {
	r, d := newRig(t), newTown(10, nil)
	r.connect(rereading{d})
	if _, err := r.runner.StartDue(ann, r.source.ID); iam.KindOf(err) != iam.Conflict {
		t.Errorf("no schedule: %v", err)
	}
	r.schedule(iam.ReadSchedule{Every: 10})
	if _, err := r.runner.StartDue(ann, r.source.ID); iam.KindOf(err) != iam.Conflict {
		t.Errorf("not yet: %v", err)
	}
	r.pass(10 * time.Minute)
	run, err := r.runner.StartDue(ann, r.source.ID)
	r.must(err)
	r.runner.Wait(ann, run.ID)
	if got := r.record(run.ID); got.State != iam.Applied {
		t.Errorf("%+v", got)
	}
	if _, err := r.runner.StartDue(ann, r.source.ID); iam.KindOf(err) != iam.Conflict {
		t.Errorf("done: %v", err)
	}
}
