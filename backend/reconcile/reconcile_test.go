package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// plain is a source that does what a test says.
type plain struct {
	mu      sync.Mutex
	records []directory.Record
	err     error         // ends the read instead of End
	silent  bool          // ends the read with nothing
	more    bool          // goes on after End
	block   chan struct{} // read waits for it
}

func (p *plain) Check(context.Context) directory.Report { return directory.Report{} }

func (p *plain) Read(ctx context.Context, _ directory.Cursor) iter.Seq2[directory.Record, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	records, err, silent, more, block := p.records, p.err, p.silent, p.more, p.block
	return func(yield func(directory.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if block != nil {
			select {
			case <-block:
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
		switch {
		case err != nil:
			yield(nil, err)
		case silent:
		case !yield(directory.End{Claimed: entries(records), Server: "plain 1"}, nil):
		case more:
			yield(records[0], nil)
		}
	}
}

// entries are those that the server returned: groups come with their members.
func entries(records []directory.Record) (n int64) {
	for _, r := range records {
		switch r.(type) {
		case directory.Account, directory.Entitlement, directory.Skipped:
			n++
		}
	}
	return n
}

// rig is a store with one source and a Runner.
type rig struct {
	t      *testing.T
	store  *store.Store
	runner *Runner
	plain  *plain
	source iam.Source
	mu     sync.Mutex
	at     time.Time
}

var ann = iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Local("ann")})

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, plain: &plain{}, at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	var err error
	r.store, err = store.Open(ann, store.Options{Dir: t.TempDir(), Log: log, Now: func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.at
	}})
	r.must(err)
	r.runner = New(r.store, func(context.Context, iam.Source) (directory.Source, error) { return r.plain, nil }, log)
	t.Cleanup(func() {
		r.runner.Close()
		r.must(r.store.Close())
	})
	r.source = iam.Source{Name: "Corp", Kind: "plain"}
	_, err = r.store.Write(ann, "source.add", func(x *store.Tx) (err error) {
		if r.source.ID, err = x.NewID(ann); err != nil {
			return err
		}
		return x.AddSource(ann, r.source, "")
	})
	r.must(err)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) run(preview bool) iam.Run {
	r.t.Helper()
	run, err := r.runner.Start(ann, r.source.ID, Options{Preview: preview})
	r.must(err)
	r.runner.Wait(ann, run.ID)
	return r.record(run.ID)
}

func (r *rig) record(id iam.ID) (run iam.Run) {
	r.t.Helper()
	r.must(r.store.View(ann, func(v *store.Reader) (err error) {
		run, err = v.Run(ann, id)
		return err
	}))
	return run
}

// open counts the open accounts and memberships.
func (r *rig) open() string {
	r.t.Helper()
	var c store.SourceCounts
	r.must(r.store.View(ann, func(v *store.Reader) (err error) {
		c, err = v.SourceCounts(ann, r.source.ID)
		return err
	}))
	return fmt.Sprint(c.Accounts, " accounts, ", c.Memberships, " memberships")
}

func (r *rig) rules(id iam.ID) string {
	r.t.Helper()
	var all []string
	r.must(r.store.View(ann, func(v *store.Reader) error {
		holds, err := v.Holds(ann, id)
		for _, h := range holds {
			all = append(all, string(h.Rule))
		}
		return err
	}))
	return strings.Join(all, " ")
}

// company is n accounts in ou=people, the first of which are members of each
// group.
func company(n int, groups map[string]int) []directory.Record {
	var out []directory.Record
	ref := func(i int) string { return fmt.Sprintf("dn:uid=u%d,ou=people,dc=x", i) }
	for i := range n {
		out = append(out, directory.Account{ExternalID: fmt.Sprint("u", i), DN: strings.TrimPrefix(ref(i), "dn:"), Refs: []string{ref(i)},
			Facts: iam.AccountFacts{Login: fmt.Sprint("u", i), Name: fmt.Sprint("U ", i), Sort: iam.Person, EmployeeNumber: fmt.Sprint(i), Enabled: iam.Yes}})
	}
	for name, members := range groups {
		dn := "cn=" + name + ",ou=groups,dc=x"
		out = append(out, directory.Entitlement{ExternalID: name, Kind: iam.Group, Name: name, DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.EntitlementFacts{Privileged: name == "admins"}})
		ms := directory.Members{ExternalID: name}
		for i := range members {
			ms.Members = append(ms.Members, directory.Member{Ref: ref(i), Value: strings.TrimPrefix(ref(i), "dn:")})
		}
		out = append(out, ms)
	}
	return out
}

// TestIncompleteReadsChangeNothing: only an End makes a read complete.
func TestIncompleteReadsChangeNothing(t *testing.T) {
	r := newRig(t)
	full := company(20, map[string]int{"staff": 10})
	r.plain.records = full
	if run := r.run(false); run.State != iam.Applied || run.Added != 31 || run.Read != 21 || run.Claimed != 21 || run.Server != "plain 1" || run.Seq == 0 {
		t.Fatalf("%+v", run)
	}
	before := r.open()
	for _, c := range []struct {
		name string
		set  *plain
		says string
	}{
		{"the line goes dead", &plain{err: iam.Errorf(iam.Unavailable, "The line went dead.").Fix("Read again.")}, "The line went dead. Read again."},
		{"an error nobody may see", &plain{err: errors.New("secret detail")}, "Gatehouse itself failed; the log says why. Nothing was changed."},
		{"no end", &plain{silent: true}, "stopped answering before its end"},
		{"more after the end", &plain{more: true}, "Gatehouse itself failed"},
	} {
		r.plain = c.set
		r.plain.records = company(3, nil)
		run := r.run(false)
		if run.State != iam.Partial || run.Coverage() != "partial" || !strings.Contains(run.Error, c.says) || strings.Contains(run.Error, "secret") || run.Seq == 0 {
			t.Errorf("%s: %+v", c.name, run)
		}
		if after := r.open(); after != before {
			t.Errorf("%s: %s, before %s", c.name, after, before)
		}
	}
	r.plain = &plain{records: full}
	if run := r.run(false); run.State != iam.Applied || run.Added+run.Changed+run.Removed != 0 {
		t.Errorf("the same again: %+v", run)
	}
}

// TestBrakeHolds: what a read would take away, seen through the store.
func TestBrakeHolds(t *testing.T) {
	start := map[string]int{"staff": 40, "small": 1, "admins": 3}
	for _, c := range []struct {
		name  string
		n     int
		to    map[string]int
		rules string
	}{
		{"the same", 100, start, ""},
		{"one leaves", 99, start, ""},
		{"six leave", 94, start, "accountsGone"},
		{"everything is gone", 0, nil, "accountsGone membershipsGone unitVanished unitVanished"},
		{"a group of one is emptied", 100, map[string]int{"staff": 40, "small": 0, "admins": 3}, ""},
		{"a group is emptied", 100, map[string]int{"staff": 0, "small": 1, "admins": 3}, "membershipsGone groupEmptied"},
		{"a group is halved", 100, map[string]int{"staff": 19, "small": 1, "admins": 3}, "membershipsGone groupHalved"},
		{"a privileged group loses one", 100, map[string]int{"staff": 40, "small": 1, "admins": 2}, "privilegedLoss"},
		{"a privileged group is gone", 100, map[string]int{"staff": 40, "small": 1}, "privilegedLoss"},
		{"a small group is gone", 100, map[string]int{"staff": 40, "admins": 3}, ""},
		{"a large group is gone", 100, map[string]int{"small": 1, "admins": 3}, "membershipsGone groupGone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.plain.records = company(100, start)
			r.run(false)
			before := r.open()
			r.plain.records = company(c.n, c.to)
			run := r.run(false)
			got := r.rules(run.ID)
			if c.rules == "" {
				if run.State != iam.Applied || got != "" {
					t.Fatalf("%s for %s", run.State, got)
				}
				return
			}
			for _, rule := range strings.Fields(c.rules) {
				if !strings.Contains(got, rule) {
					t.Errorf("held for %q, want %q", got, c.rules)
				}
			}
			if run.State != iam.Held || run.HoldHash == "" || r.open() != before {
				t.Errorf("%+v, %s", run, r.open())
			}
		})
	}
}

func TestRelease(t *testing.T) {
	r := newRig(t)
	r.plain.records = company(20, map[string]int{"admins": 3})
	r.run(false)
	before := r.open()
	r.plain.records = company(20, map[string]int{"admins": 2})
	held := r.run(false)
	if held.State != iam.Held {
		t.Fatalf("%+v", held)
	}
	if err := r.runner.Release(ann, held.ID, "00", "looked at it"); iam.KindOf(err) != iam.Conflict || r.open() != before {
		t.Errorf("another list's hash: %v", err)
	}
	// A newer run overtakes the list: an old decision lets nothing through.
	newer := r.run(false)
	if err := r.runner.Release(ann, held.ID, held.HoldHash, "looked at it"); iam.KindOf(err) != iam.Conflict || r.record(held.ID).State != iam.Overtaken || r.open() != before {
		t.Errorf("overtaken: %v, %s", err, r.record(held.ID).State)
	}
	if newer.HoldHash != held.HoldHash {
		t.Errorf("the same list has two hashes")
	}
	r.mu.Lock()
	r.at = r.at.Add(25 * time.Hour)
	r.mu.Unlock()
	if err := r.runner.Release(ann, newer.ID, newer.HoldHash, "looked at it"); iam.KindOf(err) != iam.Conflict || r.open() != before {
		t.Errorf("after a day: %v", err)
	}
	newest := r.run(false)
	// Two decide at the same moment: one counts.
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- r.runner.Release(ann, newest.ID, newest.HoldHash, "looked at it") }()
	}
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) {
		t.Errorf("two releases: %v, %v", a, b)
	}
	if run := r.record(newest.ID); run.State != iam.Released || r.open() != "20 accounts, 2 memberships" {
		t.Errorf("%+v, %s", run, r.open())
	}
	if run := r.run(false); run.State != iam.Applied || run.Added+run.Changed+run.Removed != 0 {
		t.Errorf("the next run: %+v", run)
	}
}

func TestPreviewAppliesNothing(t *testing.T) {
	r := newRig(t)
	r.plain.records = company(20, nil)
	run := r.run(true)
	if run.State != iam.Previewed || run.Added != 20 || r.open() != "0 accounts, 0 memberships" {
		t.Errorf("%+v, %s", run, r.open())
	}
	if run = r.run(false); run.State != iam.Applied || run.Added != 20 {
		t.Errorf("%+v", run)
	}
}

func TestOneRunAtATime(t *testing.T) {
	r := newRig(t)
	r.plain.records = company(3, nil)
	r.plain.block = make(chan struct{})
	run, err := r.runner.Start(ann, r.source.ID, Options{})
	r.must(err)
	if _, err := r.runner.Start(ann, r.source.ID, Options{}); iam.KindOf(err) != iam.Conflict {
		t.Errorf("a second run: %v", err)
	}
	if !r.runner.Busy(r.source.ID) {
		t.Error("not busy")
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if n, phase, reading := r.runner.Progress(run.ID); reading && n == 3 && phase == "reading" {
			break
		}
		if time.Now().After(until) {
			t.Fatal("no progress is told")
		}
	}
	r.must(r.runner.Cancel(run.ID))
	r.runner.Wait(ann, run.ID)
	if got := r.record(run.ID); got.State != iam.Cancelled || r.open() != "0 accounts, 0 memberships" {
		t.Errorf("%+v", got)
	}
	if err := r.runner.Cancel(run.ID); iam.KindOf(err) != iam.Conflict {
		t.Errorf("cancelled twice: %v", err)
	}
	// Closing interrupts, and says so.
	run, err = r.runner.Start(ann, r.source.ID, Options{})
	r.must(err)
	r.runner.Close()
	if got := r.record(run.ID); got.State != iam.Interrupted || !strings.Contains(got.Error, "read again") {
		t.Errorf("%+v", got)
	}
	if _, err := r.runner.Start(ann, r.source.ID, Options{}); iam.KindOf(err) != iam.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

// TestSkippedAreKept: entries that could not be used are counted and listed.
func TestSkippedAreKept(t *testing.T) {
	r := newRig(t)
	r.plain.records = append(company(3, nil), directory.Skipped{DN: "cn=odd", Ref: "dn:cn=odd", Reason: "it has no id"})
	run := r.run(false)
	r.must(r.store.View(ann, func(v *store.Reader) error {
		skips, err := v.Skips(ann, run.ID)
		if run.Skipped != 1 || len(skips) != 1 || skips[0] != (store.Skip{DN: "cn=odd", Reason: "it has no id"}) {
			t.Errorf("%+v %+v", run, skips)
		}
		return err
	}))
}
