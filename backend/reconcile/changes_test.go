package reconcile

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// connect makes the rig's source another one.
func (r *rig) connect(src directory.Source) {
	r.runner.open = func(context.Context, iam.Source) (directory.Source, error) { return src, nil }
}

// start runs to the end and answers all runs that it made, oldest first.
func (r *rig) start(o Options) []iam.Run {
	r.t.Helper()
	run, err := r.runner.Start(ann, r.source.ID, o)
	r.must(err)
	r.runner.Wait(ann, run.ID)
	var all []iam.Run
	r.must(r.store.View(ann, func(v *store.Reader) error {
		runs, _, err := v.Runs(ann, r.source.ID, 0, 2)
		for _, x := range slices.Backward(runs) {
			if x.ID == run.ID || x.ID == run.ID-1 && x.EndedAt >= run.StartedAt && o.Full {
				all = append(all, x)
			}
		}
		return err
	}))
	return all
}

func (r *rig) one(o Options) iam.Run {
	r.t.Helper()
	all := r.start(o)
	return all[len(all)-1]
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = r.at.Add(d)
}

// driftRows are the rows that the finding about drift rests on.
func (r *rig) driftRows() (rows []string) {
	r.t.Helper()
	r.must(r.store.View(ann, func(v *store.Reader) error {
		told, err := v.FindingEvidence(ann, store.Finding{Finding: iam.Finding{Kind: iam.Drift, SubjectID: r.source.ID}})
		for _, e := range told {
			if e.ID == 0 || e.Noun != "account" {
				r.t.Errorf("%s links to nobody: %+v", e.Value, e)
			}
			rows = append(rows, e.Label+" "+e.Value+": "+e.Told+" | "+e.Found)
		}
		return err
	}))
	return rows
}

// drift is the detail of the open finding about drift, empty if there is none.
func (r *rig) drift() string {
	r.t.Helper()
	detail := ""
	r.must(r.store.View(ann, func(v *store.Reader) error {
		all, _, err := v.Findings(ann, store.FindingFilter{Kind: iam.Drift}, 0, 10)
		for _, f := range all {
			detail += f.Detail
			if f.SubjectID != r.source.ID || f.SourceID != r.source.ID {
				r.t.Errorf("the finding is about %+v", f)
			}
		}
		return err
	}))
	return detail
}

func dnOf(n int) string { return fmt.Sprintf("uid=u%d,ou=people,dc=x", n) }

// TestChangesAlone: after the first read only what changed is asked for, and the
// records are what a full read would make them.
func TestChangesAlone(t *testing.T) {
	r := newRig(t)
	d := newTown(40, map[string]int{"staff": 20, "admins": 3})
	r.connect(rereading{d})
	if run := r.one(Options{}); run.Mode != "full" || run.State != iam.Applied || run.Added != 65 || run.Cursor == "" || run.Drift != iam.NoDrift {
		t.Fatalf("%+v", run)
	}
	if run := r.one(Options{}); run.Mode != "incremental" || run.State != iam.Applied || run.Read != 0 || run.Added+run.Changed+run.Removed != 0 || run.Claimed != -1 {
		t.Fatalf("nothing changed: %+v", run)
	}
	d.put("u40", dnOf(40))
	d.disable("u5")
	staff := []string{dnOf(40)}
	for i := 4; i < 20; i++ {
		staff = append(staff, dnOf(i))
	}
	d.set("staff", staff...)
	run := r.one(Options{})
	// staff had 20: u0 to u3 left, u40 came.
	if run.Mode != "incremental" || run.State != iam.Applied || run.Read != 3 || run.Added != 2 || run.Changed != 1 || run.Removed != 4 {
		t.Fatalf("%+v: %s", run, r.rules(run.ID))
	}
	d.remove("u39")
	if run := r.one(Options{}); run.Read != 1 || run.Removed != 1 || r.open() != "40 accounts, 20 memberships" {
		t.Fatalf("%+v, %s", run, r.open())
	}
	// A full read reads the changes first, and finds nothing else.
	all := r.start(Options{Full: true})
	if len(all) != 2 || all[0].Mode != "incremental" || all[0].State != iam.Applied {
		t.Fatalf("%+v", all)
	}
	full := all[1]
	if full.Mode != "full" || full.Read != 42 || full.Added+full.Changed+full.Removed != 0 || full.Drift != 0 || !strings.Contains(full.Note, "Nothing differs") {
		t.Errorf("%+v", full)
	}
}

// TestWhatARunStartsFrom: the cursor is that of the run that is shown, as long as
// the settings are those it was read with.
func TestWhatARunStartsFrom(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(r *rig, d *town)
		mode   string
		asked  string // the last question
		note   string
	}{
		{"the run before", func(*rig, *town) {}, "incremental", "read 25", ""},
		{"a preview advances nothing", func(r *rig, d *town) { d.disable("u1"); r.one(Options{Preview: true}) }, "incremental", "read 25", ""},
		{"a failed run neither", func(r *rig, d *town) {
			d.disable("u1")
			d.fail = iam.Errorf(iam.Unavailable, "The line went dead.")
			r.one(Options{})
			d.fail = nil
		}, "incremental", "read 25", ""},
		{"a held run neither", func(r *rig, d *town) {
			d.set("admins", dnOf(0))
			if run := r.one(Options{}); run.State != iam.Held || run.Cursor != "26" {
				r.t.Errorf("%+v", run)
			}
		}, "incremental", "read 25", ""},
		{"a released run does", func(r *rig, d *town) {
			d.set("admins", dnOf(0))
			run := r.one(Options{})
			r.must(r.runner.Release(ann, run.ID, run.HoldHash, "looked at it"))
		}, "incremental", "read 26", ""},
		{"an end without a cursor keeps the old one", func(r *rig, d *town) { d.disable("u1"); d.bare = true; r.one(Options{}) }, "incremental", "read 25", ""},
		{"a cursor that the server has forgotten", func(_ *rig, d *town) { d.dead = true }, "full", "read 25", "The server has forgotten this cursor."},
		{"other settings", func(r *rig, _ *town) {
			_, err := r.store.Write(ann, "source.change", func(x *store.Tx) error {
				r.source.ConfigVersion = 2
				return x.ChangeSource(ann, r.source, "")
			})
			r.must(err)
		}, "full", "read ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			d := newTown(20, map[string]int{"staff": 4, "admins": 3})
			d.tick()
			d.tick()
			d.tick()
			r.connect(rereading{d})
			r.one(Options{})
			c.before(r, d)
			run := r.one(Options{})
			if run.Mode != c.mode || d.asked[len(d.asked)-1] != c.asked || !strings.Contains(run.Note, c.note) {
				t.Errorf("%s %q, asked %q", run.Mode, run.Note, d.asked)
			}
		})
	}
}

// TestDeletedGroups: where the directory itself says that a group was deleted,
// nothing is in doubt, and only a privileged or a very large one is asked about.
func TestDeletedGroups(t *testing.T) {
	for _, c := range []struct{ group, rules string }{{"staff", ""}, {"one", ""}, {"admins", "privilegedLoss"}, {"everybody", "membershipsGone groupDeleted"}} {
		t.Run(c.group, func(t *testing.T) {
			r, d := newRig(t), newTown(120, map[string]int{"staff": 40, "one": 1, "admins": 3, "everybody": 110})
			r.connect(rereading{d})
			r.one(Options{})
			d.remove(c.group)
			run := r.one(Options{})
			if got := r.rules(run.ID); got != c.rules || (run.State == iam.Held) != (c.rules != "") || run.Mode != "incremental" {
				t.Errorf("%s by a read that is %s, for %q, want %q", run.State, run.Mode, got, c.rules)
			}
		})
	}
}

// TestGroupsThatReferToWhatChanged: a group does not change when a member is
// renamed; it is asked for anew, or everything is read.
func TestGroupsThatReferToWhatChanged(t *testing.T) {
	rename := func(d *town) {
		d.put("u1", "uid=renamed,ou=people,dc=x")
		d.mu.Lock() // the server corrects the name in the group without a trace
		d.groups["staff"].members[1] = "uid=renamed,ou=people,dc=x"
		d.mu.Unlock()
	}
	t.Run("single groups can be read", func(t *testing.T) {
		r, d := newRig(t), newTown(10, map[string]int{"staff": 4, "other": 1})
		r.connect(rereading{d})
		r.one(Options{})
		rename(d)
		run := r.one(Options{})
		if run.State != iam.Applied || run.Mode != "incremental" || run.Read != 1 || !slices.Equal(d.reread, []string{"staff"}) || run.Changed != 1 || run.Added+run.Removed != 0 || r.open() != "10 accounts, 5 memberships" {
			t.Errorf("%+v, asked for %q, %s", run, d.reread, r.open())
		}
	})
	t.Run("they cannot", func(t *testing.T) {
		r, d := newRig(t), newTown(10, map[string]int{"staff": 4, "other": 1})
		r.connect(d)
		r.one(Options{})
		rename(d)
		run := r.one(Options{})
		if run.State != iam.Applied || run.Mode != "full" || run.Read != 12 || !strings.Contains(run.Note, "everything was read") || run.Changed != 1 || run.Added+run.Removed != 0 {
			t.Errorf("%+v", run)
		}
	})
}

// telling is a town that answers whatever it is asked with everything, and with
// something that it does not hold: the entries above the accounts, say.
type telling struct{ rereading }

func (d telling) Read(ctx context.Context, _ directory.Cursor) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		for rec, err := range d.rereading.Read(ctx, "") {
			if _, last := rec.(directory.End); last && !yield(directory.Left{ExternalID: "ou=people"}, nil) || !yield(rec, err) {
				return
			}
		}
	}
}

// TestEntriesAreCounted: an answer that holds everything adds up, also where it
// was asked for changes and tells of more than it holds.
func TestEntriesAreCounted(t *testing.T) {
	r := newRig(t)
	r.connect(telling{rereading{newTown(10, map[string]int{"staff": 4})}})
	for range 2 {
		if run := r.one(Options{}); run.State != iam.Applied || run.Mode != "full" || run.Read != 11 || run.Claimed != 11 || run.Skipped != 0 {
			t.Errorf("%+v", run)
		}
	}
}

// TestTheBrakeJudgesChanges: a read of changes is held for the same reasons, and
// the next one finds the same list.
func TestTheBrakeJudgesChanges(t *testing.T) {
	r, d := newRig(t), newTown(100, map[string]int{"staff": 40, "admins": 3})
	r.connect(rereading{d})
	r.one(Options{})
	before := r.open()
	for i := range 6 {
		d.remove(fmt.Sprint("u", 90+i))
	}
	d.set("admins", dnOf(0), dnOf(1))
	held := r.one(Options{})
	if rules := r.rules(held.ID); held.State != iam.Held || held.Mode != "incremental" || !strings.Contains(rules, "accountsGone") || !strings.Contains(rules, "privilegedLoss") || r.open() != before {
		t.Fatalf("%+v: %s", held, rules)
	}
	again := r.one(Options{})
	if again.State != iam.Held || again.HoldHash != held.HoldHash {
		t.Errorf("%+v", again)
	}
	r.must(r.runner.Release(ann, again.ID, again.HoldHash, "looked at it"))
	if r.open() != "94 accounts, 42 memberships" {
		t.Error(r.open())
	}
	if run := r.one(Options{}); run.State != iam.Applied || run.Read != 0 {
		t.Errorf("%+v", run)
	}
}

// TestDrift: a full read proves the reads of changes before it.
func TestDrift(t *testing.T) {
	r, d := newRig(t), newTown(40, map[string]int{"staff": 20})
	r.connect(rereading{d})
	r.one(Options{})
	d.forgets["u1"], d.forgets["staff"] = true, true
	d.disable("u1")
	d.set("staff", dnOf(0), dnOf(1), dnOf(2), dnOf(3), dnOf(4), dnOf(5), dnOf(6), dnOf(7), dnOf(8), dnOf(9), dnOf(10), dnOf(11), dnOf(12), dnOf(13), dnOf(14), dnOf(15), dnOf(16), dnOf(17), dnOf(20))
	if run := r.one(Options{}); run.Added+run.Changed+run.Removed != 0 {
		t.Fatalf("the town tells what it was to forget: %+v", run)
	}
	// u2 changes while the full read is under way: that is no drift.
	d.during = func(read int64) {
		if read == 5 {
			d.during = nil
			d.disable("u2")
			d.disable("u30")
		}
	}
	d.asked = nil
	d.put("u40", dnOf(40))
	all := r.start(Options{Full: true})
	// One account changed, one member came and two went; u2, u30 and u40 are told.
	full := all[len(all)-1]
	if len(all) != 2 || all[0].Added != 1 || full.State != iam.Applied || full.Drift != 4 || full.Changed < 2 || !strings.HasPrefix(full.Note, "4 differences") || r.drift() != full.Note {
		t.Errorf("%+v\nfinding %q, asked %q", all, r.drift(), d.asked)
	}
	missed := []string{"account U u1: enabled: yes | enabled: no", "in staff U u18: a member | no member", "in staff U u19: a member | no member", "in staff U u20: no member | a member"}
	if rows := r.driftRows(); !slices.Equal(rows, missed) {
		t.Errorf("the rows are %q", rows)
	}
	if run := r.one(Options{}); run.Drift != iam.NoDrift || r.drift() == "" || len(r.driftRows()) != 4 {
		t.Errorf("a read of changes proves nothing: %+v, %q, %q", run, r.drift(), r.driftRows())
	}
	if full := r.one(Options{Full: true}); full.Drift != 0 || r.drift() != "" || len(r.driftRows()) != 0 {
		t.Errorf("%+v, %q, %q", full, r.drift(), r.driftRows())
	}
	// What changed during the read cannot be told: nothing is claimed.
	d.during = func(read int64) {
		if read == 5 {
			d.during = nil
			d.dead = true
		}
	}
	d.disable("u7")
	d.forgets["u7"] = true
	if full := r.one(Options{Full: true}); full.State != iam.Applied || full.Drift != iam.NoDrift || !strings.Contains(full.Note, "cannot be told") {
		t.Errorf("%+v", full)
	}
}

// TestDriftThatIsHeld: what was missed is judged as any loss, and the finding
// comes with the decision.
func TestDriftThatIsHeld(t *testing.T) {
	r, d := newRig(t), newTown(10, map[string]int{"admins": 3})
	r.connect(rereading{d})
	r.one(Options{})
	d.forgets["admins"] = true
	d.set("admins", dnOf(0))
	held := r.one(Options{Full: true})
	if held.State != iam.Held || held.Drift != 2 || r.drift() != "" {
		t.Fatalf("%+v, %q", held, r.drift())
	}
	r.must(r.runner.Release(ann, held.ID, held.HoldHash, "looked at it"))
	if rows := r.driftRows(); !strings.HasPrefix(r.drift(), "2 differences") || len(rows) != 2 || rows[0] != "in admins U u1: a member | no member" {
		t.Errorf("%q %q", r.drift(), rows)
	}
}

// TestPrivilegedGroupsAlone: they and what is nested in them are asked for
// singly, and everything else stays to be read.
func TestPrivilegedGroupsAlone(t *testing.T) {
	r, d := newRig(t), newTown(20, map[string]int{"staff": 4})
	d.set("ops", dnOf(5))
	d.set("admins", dnOf(0), "cn=ops,ou=groups,dc=x")
	r.connect(rereading{d})
	r.one(Options{})
	d.set("ops", dnOf(5), dnOf(6))
	d.disable("u9")
	run := r.one(Options{Privileged: true})
	if run.State != iam.Applied || run.Scope != iam.PrivilegedOnly || run.Mode != "incremental" || run.Added != 1 || run.Changed != 0 || !slices.Equal(d.reread, []string{"admins", "ops"}) {
		t.Errorf("%+v, asked for %q", run, d.reread)
	}
	if run = r.one(Options{}); run.Scope != iam.Whole || run.Added != 0 || run.Changed != 1 {
		t.Errorf("the rest: %+v", run)
	}
	r.connect(d)
	if run = r.one(Options{Privileged: true}); run.Scope != iam.Whole || !strings.Contains(run.Note, "cannot read single groups") {
		t.Errorf("%+v", run)
	}
}

// TestSettling: another server that has not heard yet of a change takes nothing
// back.
func TestSettling(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(d *town) // read from dc1
		lag     func(d *town) // what dc2 still says
		passes  time.Duration
		server  string
		partial bool
	}{
		{"it takes back a new account", func(d *town) { d.put("u20", dnOf(20)) }, func(d *town) { d.remove("u20") }, time.Minute, "dc2", true},
		{"it takes back a change", func(d *town) { d.disable("u3") }, func(d *town) { d.put("u3", dnOf(3)) }, time.Minute, "dc2", true},
		{"it takes back a new member", func(d *town) { d.set("staff", dnOf(0), dnOf(1), dnOf(2), dnOf(3), dnOf(4)) }, func(d *town) { d.set("staff", dnOf(0), dnOf(1), dnOf(2), dnOf(3)) }, time.Minute, "dc2", true},
		{"it brings back a member", func(d *town) { d.set("staff", dnOf(0), dnOf(1), dnOf(2)) }, func(d *town) { d.set("staff", dnOf(0), dnOf(1), dnOf(2), dnOf(3)) }, time.Minute, "dc2", true},
		{"it brings back an account", func(d *town) { d.remove("u9") }, func(d *town) { d.put("u9", dnOf(9)) }, time.Minute, "dc2", true},
		{"after the time that replication takes", func(d *town) { d.put("u20", dnOf(20)) }, func(d *town) { d.remove("u20") }, 16 * time.Minute, "dc2", false},
		{"the same server", func(d *town) { d.put("u20", dnOf(20)) }, func(d *town) { d.remove("u20") }, time.Minute, "dc1", false},
		{"it tells something else", func(d *town) { d.put("u20", dnOf(20)) }, func(d *town) { d.disable("u3") }, time.Minute, "dc2", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, d := newRig(t), newTown(20, map[string]int{"staff": 4})
			r.connect(rereading{d})
			r.one(Options{})
			r.pass(time.Hour)
			c.change(d)
			r.one(Options{})
			before := r.open()
			r.pass(c.passes)
			c.lag(d)
			d.server, d.dead = c.server, true
			run := r.one(Options{})
			if partial := run.State == iam.Partial; partial != c.partial || partial && (!strings.Contains(run.Error, "settling") || !strings.Contains(run.Note, "settling") || r.open() != before) {
				t.Errorf("%+v", run)
			}
		})
	}
}
