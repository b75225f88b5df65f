package ad

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
)

// What was deleted is gone from what is known after the next read of changes,
// whether the bind account may look at deleted objects or not, and whether the
// base is the domain or a unit in it.
func TestDeletionsAreNotMissed(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	domain := &directorytest.Domain{Samba: s}
	population := directorytest.NewPopulation(1, domain.Verbs())
	domain.Change(t, population.Begin()...)
	early := opened(t, administrator(s))
	first := wantComplete(t, directorytest.ReadAll(t.Context(), early, nil))
	if r := wantComplete(t, directorytest.ReadSince(t.Context(), early, first.Ends[0].Cursor, nil)); r.Ends[0].Changes || r.Ends[0].Note != noneDeleted {
		t.Errorf("before anything was deleted: %+v", r.Ends[0])
	}
	if !finding(early.Check(t.Context()), directory.Missing, "rights", "unless nothing was ever deleted") {
		t.Error("the check does not say that no deleted object shows")
	}
	deleteOne(s)
	plain, unit, admin := reader(s), reader(s), administrator(s)
	unit.BaseDN = directorytest.DomainBase
	for _, c := range []struct {
		what    string
		source  directory.Source
		deletes bool // with proof
	}{
		{"an ordinary account", opened(t, plain), false},
		{"an ordinary account, a unit", opened(t, unit), false},
		{"an administrator", opened(t, admin), true},
	} {
		dn := "CN=Leaver," + directorytest.DomainBase
		s.Modify("dn: " + dn + "\nobjectClass: user\nsAMAccountName: leaver\n")
		full := wantComplete(t, directorytest.ReadAll(t.Context(), c.source, nil))
		known := directorytest.NewModel()
		known.Apply(full)
		id := full.Account("leaver").ExternalID
		if _, ok := known.Accounts[id]; !ok || id == "" {
			t.Fatalf("%s: the account is not read at first", c.what)
		}
		s.Modify("dn: " + dn + "\nchangetype: delete\n")
		r := wantComplete(t, directorytest.ReadSince(t.Context(), c.source, full.Ends[0].Cursor, nil))
		known.Apply(r)
		if _, ok := known.Accounts[id]; ok {
			t.Errorf("%s: the deleted account is known still: %+v", c.what, r.Ends[0])
		}
		if proven := slices.Contains(r.Records, directory.Record(directory.Deleted{ExternalID: id})); proven != c.deletes || r.Ends[0].Changes != c.deletes {
			t.Errorf("%s: proven %t, changes alone %t, want %t", c.what, proven, r.Ends[0].Changes, c.deletes)
		}
		if listed := len(present(r)); listed > 0 == c.deletes || !c.deletes && r.Ends[0].Note != noneDeleted {
			t.Errorf("%s: %d ids listed, note %q", c.what, listed, r.Ends[0].Note)
		}
		fresh := directorytest.NewModel()
		fresh.Apply(wantComplete(t, directorytest.ReadAll(t.Context(), c.source, nil)))
		for _, told := range known.Differences(fresh) {
			t.Errorf("%s: read by changes against read in full: %s", c.what, told)
		}
		report := c.source.Check(t.Context())
		at := slices.IndexFunc(report.Findings, func(f directory.Result) bool { return f.Title == "Deleted objects" })
		if (at >= 0) == c.deletes || at >= 0 && !strings.Contains(report.Findings[at].Copy, "dsacls \"CN=Deleted Objects,") {
			t.Errorf("%s: the check says %+v", c.what, report.Findings)
		}
	}
}

// A deletion that an ordinary account may not see leaves a watched domain without
// any visible change. It is noticed all the same, a while later and once.
func TestAWatchNoticesADeletionWithoutATrace(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	cfg := reader(s)
	dn := "CN=Watched Leaver,CN=Users," + directorytest.SambaDomain
	s.Modify("dn: " + dn + "\nobjectClass: user\nsAMAccountName: watched.leaver\n")
	watched := opened(t, cfg).(*source)
	watched.patience = 2 * time.Second
	full := wantComplete(t, directorytest.ReadAll(t.Context(), watched, nil))
	if full.Account("watched.leaver").ExternalID == "" {
		t.Fatal("the account is not read at first")
	}
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- watched.Watch(ctx, full.Ends[0].Cursor, func() { told <- struct{}{} }) }()
	time.Sleep(3 * time.Second)
	if len(told) != 0 {
		t.Errorf("told %d times of nothing", len(told))
	}
	s.Modify("dn: " + dn + "\nchangetype: delete\n")
	select {
	case <-told:
	case <-time.After(30 * time.Second):
		t.Error("nothing is told of the deletion")
	}
	time.Sleep(4 * time.Second)
	if len(told) != 0 {
		t.Errorf("told %d times more of one deletion", len(told))
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if r := wantComplete(t, directorytest.ReadSince(t.Context(), watched, full.Ends[0].Cursor, nil)); slices.Contains(present(r), full.Account("watched.leaver").ExternalID) {
		t.Error("it is listed still")
	}
}
