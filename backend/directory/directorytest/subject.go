package directorytest

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Subject is a kind of directory under test, with what a test can do to the
// directory behind it. Open must be there; what is empty is not proved.
type Subject struct {
	// Open makes a Source of a healthy directory that has at least three accounts
	// and one entitlement, and that changes only through Change.
	Open func(t *testing.T) directory.Source
	// Change applies changes in their order and returns when a read sees them.
	Change func(t testing.TB, changes ...Change)
	// Verbs are the verbs that Change knows.
	Verbs []Verb
	// Changes: a read from a cursor yields only what changed (End.Changes).
	Changes bool
	// Deletions: such a read tells also what was deleted or left. Otherwise that
	// shows at the next full read, and End.Note must say so.
	Deletions bool
	// Live: the Source is a Watcher.
	Live bool
	// Faults are the ways in which the directory can be unwell.
	Faults []Fault
}

// Fault is a way in which a directory is unwell.
type Fault struct {
	Name string
	// Open makes a Source that meets the fault; nil: Subject.Open.
	Open func(t *testing.T) directory.Source
	// Begin makes the directory unwell, after the first record of a read; nil: it
	// is so from the start.
	Begin func(t testing.TB)
	// Heal makes it well again, so that a read is complete; nil: never.
	Heal func(t testing.TB)
	Kind iam.Kind // of the error
	Says string   // in the error
}

// Run proves that a Source made by open keeps the contract of package directory
// as far as that shows without changing the directory.
func Run(t *testing.T, open func(t *testing.T) directory.Source) { Subject{Open: open}.Run(t) }

// Run proves that the kind keeps the contract of package directory.
func (s Subject) Run(t *testing.T) {
	proveAtRest(t, s.Open)
	for _, fault := range s.Faults {
		t.Run("fault: "+fault.Name, func(t *testing.T) { s.proveFault(t, fault) })
	}
	if s.Change == nil {
		return
	}
	for seed := range Seeds(1) {
		t.Run("what changes is read, seed "+strconv.Itoa(seed), func(t *testing.T) { s.ProveChanges(t, uint64(seed), 60) })
	}
	t.Run("a cursor of nothing that changed", s.proveQuiet)
	t.Run("a cursor that makes no sense gives a full read with a note", s.proveOddCursor)
	if s.Live {
		t.Run("a watcher is told", s.proveLive)
	}
}

// Seeds is how many random courses a test takes: few, or GATEHOUSE_SEEDS.
func Seeds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("GATEHOUSE_SEEDS")); err == nil && n > 0 {
		return n
	}
	return few
}

// wantComplete is a reading that must be complete.
func wantComplete(t testing.TB, r Reading) Reading {
	t.Helper()
	if !r.Complete() {
		t.Fatalf("the read is not complete: %v", r.Err)
	}
	return r
}

func cursorOf(t testing.TB, r Reading) directory.Cursor {
	t.Helper()
	return wantComplete(t, r).Ends[0].Cursor
}

// ProveChanges compares, after random changes, what a reader knows by reading
// what changed with what one knows who reads everything.
func (s Subject) ProveChanges(t *testing.T, seed uint64, changes int) {
	population := NewPopulation(seed, s.Verbs)
	s.Change(t, population.Begin()...)
	source := s.Open(t)
	known := NewModel()
	r := wantComplete(t, ReadAll(t.Context(), source, nil))
	known.Apply(r)
	cursor := r.Ends[0].Cursor
	for _, n := range []int{1, changes / 3, changes - changes/3 - 1} {
		s.Change(t, population.Changes(n)...)
		r = wantComplete(t, ReadSince(t.Context(), source, cursor, nil))
		proveRecords(t, r)
		end := r.Ends[0]
		if s.Changes && !end.Changes {
			t.Fatalf("a read from a cursor read everything: %s", end.Note)
		}
		if s.Changes && !s.Deletions && end.Note == "" {
			t.Error("nothing says that deletions do not show")
		}
		reread(t, source, known, known.Apply(r))
		cursor = end.Cursor
		full := NewModel()
		full.Apply(wantComplete(t, ReadAll(t.Context(), s.Open(t), nil)))
		if s.Changes && !s.Deletions {
			known.forgetBut(full)
		}
		for _, told := range known.Differences(full) {
			t.Errorf("after %d changes: %s", n, told)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// forgetBut forgets what full does not know.
func (m *Model) forgetBut(full *Model) {
	for id := range m.Accounts {
		if _, ok := full.Accounts[id]; !ok {
			m.forget(id)
		}
	}
	for id := range m.Entitlements {
		if _, ok := full.Entitlements[id]; !ok {
			m.forget(id)
		}
	}
}

// reread asks the source for single objects, if it can be asked.
func reread(t testing.TB, source directory.Source, known *Model, ids []string) {
	t.Helper()
	asked, ok := source.(directory.Rereader)
	if !ok || len(ids) == 0 {
		return
	}
	r := wantComplete(t, collect(asked.Reread(t.Context(), ids), nil))
	if r.Ends[0].Cursor != "" {
		t.Error("End of a Reread has a cursor")
	}
	for _, record := range r.Records {
		if id := idOf(record); id != "" && !slices.Contains(ids, id) {
			t.Errorf("a Reread yields %s, which was not asked for", id)
		}
		known.take(record, *known)
	}
}

func idOf(record directory.Record) string {
	switch v := record.(type) {
	case directory.Account:
		return v.ExternalID
	case directory.Entitlement:
		return v.ExternalID
	case directory.Members:
		return v.ExternalID
	case directory.Deleted:
		return v.ExternalID
	case directory.Left:
		return v.ExternalID
	}
	return ""
}

func (s Subject) proveQuiet(t *testing.T) {
	source := s.Open(t)
	cursor := cursorOf(t, ReadAll(t.Context(), source, nil))
	for range 2 {
		r := wantComplete(t, ReadSince(t.Context(), source, cursor, nil))
		if s.Changes && s.Deletions && (len(r.Accounts) > 0 || len(r.Entitlements) > 0 || !r.Ends[0].Changes) {
			t.Errorf("nothing changed, and %d accounts and %d groups were read; %s", len(r.Accounts), len(r.Entitlements), r.Ends[0].Note)
		}
		cursor = r.Ends[0].Cursor
	}
	known, all := NewModel(), wantComplete(t, ReadAll(t.Context(), source, nil))
	known.Apply(all)
	asked, ok := source.(directory.Rereader)
	if !ok {
		return
	}
	var ids []string
	for _, record := range all.Records {
		if id := idOf(record); id != "" {
			ids = append(ids, id)
		}
	}
	again := NewModel()
	again.Apply(wantComplete(t, collect(asked.Reread(t.Context(), ids), nil)))
	for _, told := range known.Differences(again) {
		t.Errorf("read anew: %s", told)
	}
}

func (s Subject) proveOddCursor(t *testing.T) {
	for _, cursor := range []directory.Cursor{"x", "{}", `{"how":"nothing"}`, directory.Cursor(strings.Repeat("9", 5000)), "\x00\xff"} {
		r := wantComplete(t, ReadSince(t.Context(), s.Open(t), cursor, nil))
		if r.Ends[0].Changes || r.Ends[0].Note == "" || len(r.Accounts) < 3 {
			t.Errorf("the cursor %.20q: %+v with %d accounts", cursor, r.Ends[0], len(r.Accounts))
		}
	}
}

func (s Subject) proveFault(t *testing.T, fault Fault) {
	open := fault.Open
	if open == nil {
		open = s.Open
	}
	failed := func(r Reading) {
		t.Helper()
		proveFailed(t, r)
		if r.Err != nil && (iam.KindOf(r.Err) != fault.Kind || !strings.Contains(r.Err.Error(), fault.Says)) {
			t.Errorf("%s: %v; want %s with %q", iam.KindOf(r.Err), r.Err, fault.Kind, fault.Says)
		}
	}
	var cursor directory.Cursor
	var each func(directory.Record) bool
	if fault.Begin != nil {
		cursor = cursorOf(t, ReadAll(t.Context(), open(t), nil))
		begun := false
		each = func(directory.Record) bool {
			if !begun {
				begun = true
				fault.Begin(t)
			}
			return true
		}
	}
	began := time.Now()
	failed(ReadAll(t.Context(), open(t), each))
	failed(ReadSince(t.Context(), open(t), cursor, nil))
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("noticed after %s", took)
	}
	if fault.Heal != nil {
		fault.Heal(t)
		wantComplete(t, ReadSince(t.Context(), open(t), cursor, nil))
	}
}

// proveLive counts on being told within five seconds.
func (s Subject) proveLive(t *testing.T) {
	population := NewPopulation(77, s.Verbs)
	s.Change(t, population.Begin()...)
	source := s.Open(t)
	watcher, ok := source.(directory.Watcher)
	if !ok {
		t.Fatal("the source is no Watcher")
	}
	cursor := cursorOf(t, ReadAll(t.Context(), source, nil))
	s.Change(t, population.Changes(1)...)

	told, ended := make(chan struct{}, 1000), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { ended <- watcher.Watch(ctx, cursor, func() { told <- struct{}{} }) }()
	wait := func(what string) {
		t.Helper()
		select {
		case <-told:
		case err := <-ended:
			t.Fatalf("%s: the watch ended: %v", what, err)
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: not told within 5 s", what)
		}
	}
	wait("what changed before")
	for quiet := false; !quiet; { // until it has told everything
		select {
		case <-told:
		case <-time.After(500 * time.Millisecond):
			quiet = true
		}
	}
	began := time.Now()
	s.Change(t, population.Changes(1)...)
	wait("what changes now")
	t.Logf("told within %s, with the change itself", time.Since(began).Round(time.Millisecond))
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("a watch that was cancelled says %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("a watch that was cancelled goes on")
	}
}
