package ad

import (
	"strings"
	"testing"

	"gatehouse/backend/directory/directorytest"
)

// Two controllers, with replication that stands and goes on: a cursor of one is
// never asked of the other, and what is read in the end is the same from both.
func TestTwoControllers(t *testing.T) {
	p := directorytest.StartSambaPair(t)
	deleteOne(p.First)
	first, second := opened(t, administrator(p.First)), opened(t, administrator(p.Second))
	full := wantComplete(t, directorytest.ReadAll(t.Context(), first, nil))
	if !strings.Contains(full.Ends[0].Server, "controller dc1.ad.test") {
		t.Errorf("the run records %q", full.Ends[0].Server)
	}

	p.StopReplication(p.Second)
	p.First.Set("u000001", "title", "Captain")
	p.Second.Set("u000002", "title", "Pilot")
	r := wantComplete(t, directorytest.ReadSince(t.Context(), first, full.Ends[0].Cursor, nil))
	if !r.Ends[0].Changes || r.Account("u000001").Facts.Title != "Captain" || r.Account("u000003").ExternalID != "" {
		t.Errorf("changes at the first: %+v", r.Ends)
	}
	other := wantComplete(t, directorytest.ReadSince(t.Context(), second, full.Ends[0].Cursor, nil))
	if other.Ends[0].Changes || !strings.Contains(other.Ends[0].Note, "Another controller answered: dc2.ad.test") || !strings.Contains(other.Ends[0].Server, "controller dc2.ad.test") {
		t.Errorf("at the second: %+v", other.Ends)
	}
	if got := other.Account("u000001").Facts.Title; got != "Engineer" {
		t.Errorf("the second has %q though replication stands", got)
	}
	if full.Account("u000001").ExternalID != other.Account("u000001").ExternalID {
		t.Error("the controllers give different ids")
	}

	p.ResumeReplication(p.Second)
	known := directorytest.NewModel()
	known.Apply(full)
	last := full.Ends[0].Cursor
	for range 2 { // what came from the other counts as a change here too, once
		r = wantComplete(t, directorytest.ReadSince(t.Context(), first, last, nil))
		if !r.Ends[0].Changes {
			t.Fatalf("the first read everything: %s", r.Ends[0].Note)
		}
		known.Apply(r)
		last = r.Ends[0].Cursor
	}
	fresh := directorytest.NewModel()
	fresh.Apply(wantComplete(t, directorytest.ReadAll(t.Context(), first, nil)))
	for _, told := range known.Differences(fresh) {
		t.Errorf("read by changes against read in full: %s", told)
	}
	elsewhere := directorytest.NewModel()
	elsewhere.Apply(wantComplete(t, directorytest.ReadAll(t.Context(), second, nil)))
	for id, a := range fresh.Accounts { // each controller keeps its own whenChanged and sign-ins
		b := elsewhere.Accounts[id]
		a.Facts.ModifiedAt, b.Facts.ModifiedAt = 0, 0
		a.Facts.LastSignIn, b.Facts.LastSignIn = 0, 0
		fresh.Accounts[id], elsewhere.Accounts[id] = a, b
	}
	for id, e := range fresh.Entitlements {
		other := elsewhere.Entitlements[id]
		e.Facts.ModifiedAt, other.Facts.ModifiedAt = 0, 0
		fresh.Entitlements[id], elsewhere.Entitlements[id] = e, other
	}
	for _, told := range fresh.Differences(elsewhere) {
		t.Errorf("one controller against the other: %s", told)
	}
}
