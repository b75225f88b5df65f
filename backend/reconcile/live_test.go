package reconcile

import (
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

// live is what the page says about the watching.
func (r *rig) live() string {
	s, on := r.runner.Live(r.source.ID)
	if !on {
		return "off"
	}
	return strings.TrimSpace(s.State + " " + s.Because)
}

func (r *rig) says(t *testing.T, want string) {
	t.Helper()
	within(t, 20*time.Second, func() bool { return strings.HasPrefix(r.live(), want) })
}

// TestLive: a change in the directory is in the records within a second, and the
// watching outlives a lost connection.
func TestLive(t *testing.T) {
	r, d := newRig(t), newTown(30, map[string]int{"staff": 10, "admins": 3})
	src := watching{rereading{d}}
	r.connect(src)
	r.runner.KeepSchedules(ann)
	r.schedule(iam.ReadSchedule{Live: true})
	r.says(t, "waiting It must be read completely first.")
	r.one(Options{})
	r.says(t, "watching")

	began := time.Now()
	d.put("u30", dnOf(30))
	d.disable("u1") // comes with it
	within(t, 20*time.Second, func() bool { return r.open() == "31 accounts, 13 memberships" })
	took := time.Since(began)
	t.Logf("in the records after %s, of which %s are waited for more to come", took.Round(time.Millisecond), coalesce)
	if took > time.Second+slack() {
		t.Errorf("it took %s", took)
	}
	r.runner.Idle(ann)
	if n := r.count(); n != 2 {
		t.Errorf("%d runs, want the first and one for both changes", n)
	}

	// A change that comes while the changes are read is read too.
	d.during = func(int64) {
		d.during = nil
		d.put("u32", dnOf(32))
	}
	d.put("u31", dnOf(31))
	within(t, 20*time.Second, func() bool { return r.open() == "33 accounts, 13 memberships" })

	// The line is cut; what happened meanwhile comes when it is back.
	r.runner.Idle(ann)
	d.cut <- iam.Errorf(iam.Unavailable, "The line was cut.")
	r.says(t, "reconnecting The line was cut.")
	d.put("u33", dnOf(33))
	within(t, 20*time.Second, func() bool { return r.open() == "34 accounts, 13 memberships" })
	r.says(t, "watching")

	// A held read waits for a decision, and the watching says so.
	d.set("admins", dnOf(0))
	r.says(t, "watching A read is held and waits for a decision.")
	d.disable("u7")
	time.Sleep(2 * coalesce)
	n := r.count()
	time.Sleep(2 * coalesce)
	if r.count() != n {
		t.Error("it reads on although a read is held")
	}

	r.schedule(iam.ReadSchedule{})
	r.says(t, "off")
	// Outside of its window it does not watch: the rig's clock stands at 13:51.
	r.schedule(iam.ReadSchedule{Live: true, Windows: []iam.Window{{Days: []int{2}, From: 0, To: 60}}})
	time.Sleep(50 * time.Millisecond)
	if got := r.live(); got != "off" {
		t.Error(got)
	}
}

// slack is what a machine that does much else may need besides.
func slack() time.Duration { return 2 * time.Second }

// TestLiveNeedsAWatcher: a kind that cannot tell says so and is left alone.
func TestLiveNeedsAWatcher(t *testing.T) {
	r, d := newRig(t), newTown(10, nil)
	r.connect(rereading{d})
	r.one(Options{})
	r.schedule(iam.ReadSchedule{Live: true})
	r.runner.KeepSchedules(ann)
	r.says(t, "unsupported This directory does not tell")
}
