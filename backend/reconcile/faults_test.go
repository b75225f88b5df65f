package reconcile

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// script is a source that answers each read with the next list of records and
// errors, whatever it is asked.
type script struct{ answers [][]any }

func (s *script) Check(context.Context) directory.Report { return directory.Report{} }

func (s *script) Read(context.Context, directory.Cursor) iter.Seq2[directory.Record, error] {
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return func(yield func(directory.Record, error) bool) {
		for _, x := range answer {
			var rec directory.Record
			var err error
			switch x := x.(type) {
			case error:
				err = x
			case directory.Record:
				rec = x
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (s *script) Reread(ctx context.Context, ids []string) iter.Seq2[directory.Record, error] {
	return s.Read(ctx, "")
}

func anys(records []directory.Record, more ...any) []any {
	var out []any
	for _, r := range records {
		out = append(out, r)
	}
	return append(out, more...)
}

// present says of each object that it is there.
func present(records []directory.Record) (out []directory.Record) {
	for _, r := range records {
		switch r := r.(type) {
		case directory.Account:
			out = append(out, directory.Present{ExternalID: r.ExternalID})
		case directory.Entitlement:
			out = append(out, directory.Present{ExternalID: r.ExternalID})
		}
	}
	return out
}

// TestLyingServers: what a broken or lying directory answers is applied when it
// is right, and is partial otherwise; nothing is removed that is still there.
func TestLyingServers(t *testing.T) {
	whole := company(30, map[string]int{"staff": 10, "admins": 3})
	all := entries(whole)
	accounts, groups := whole[:30], whole[30:]
	end := directory.End{Claimed: -1, Server: "plain 1", Cursor: "2"}
	changes := directory.End{Claimed: -1, Server: "plain 1", Cursor: "2", Changes: true}
	dead := iam.Errorf(iam.Unavailable, "The line went dead.")
	claims := func(n int64) directory.End { e := end; e.Claimed = n; return e }
	for _, c := range []struct {
		name    string
		options Options
		answer  []any
		state   iam.RunState
		says    string
	}{
		{"a page is repeated", Options{Preview: true, Full: true}, anys(append(append(accounts[:10:10], accounts...), groups...), claims(all+10)), iam.Partial, "10 entries more than once"},
		{"a page is repeated instead of another", Options{Full: true}, anys(append(append(accounts[:20:20], accounts[:10]...), groups...), claims(all)), iam.Partial, "10 entries more than once"},
		{"a page is missing, and so is the end", Options{Full: true}, anys(append(accounts[:20:20], groups...)), iam.Partial, "before its end"},
		{"a page is missing, and the total knows it", Options{Full: true}, anys(append(accounts[:29:29], groups...), claims(all)), iam.Partial, "returned 32 entries, and 31 came"},
		{"the total is too small", Options{Full: true}, anys(whole, claims(all-1)), iam.Partial, "returned 31 entries, and 32 came"},
		{"the total is not told", Options{Full: true}, anys(whole, end), iam.Applied, ""},
		{"two ends", Options{Full: true}, anys(whole, end, end), iam.Partial, "Gatehouse itself failed"},
		{"more after the end", Options{Full: true}, anys(whole, end, accounts[0]), iam.Partial, "Gatehouse itself failed"},
		{"an error after the end", Options{Full: true}, anys(whole, end, dead), iam.Partial, "The line went dead."},
		{"an error no operator may see", Options{Full: true}, anys(accounts, errors.New("secret detail")), iam.Partial, "Gatehouse itself failed"},
		{"changes although everything was asked for", Options{Preview: true, Full: true}, anys(accounts[:1], changes), iam.Partial, "changes alone, though"},
		{"nothing at all", Options{}, nil, iam.Partial, "before its end"},
		{"changes, and no end", Options{}, anys([]directory.Record{directory.Deleted{ExternalID: "u1"}}), iam.Partial, "before its end"},
		{"changes, and an error", Options{}, anys([]directory.Record{directory.Deleted{ExternalID: "u1"}}, dead), iam.Partial, "went dead"},
		{"changes, and an error after the end", Options{}, anys([]directory.Record{directory.Deleted{ExternalID: "u1"}}, changes, dead), iam.Partial, "went dead"},
		{"somebody is deleted of whom nothing is known", Options{}, anys([]directory.Record{directory.Deleted{ExternalID: "nobody"}, directory.Left{ExternalID: "nowhere"}}, changes), iam.Applied, ""},
		{"the same change twice", Options{}, anys([]directory.Record{accounts[3], accounts[3]}, changes), iam.Applied, ""},
		{"a list of who is there", Options{}, anys(present(whole), end), iam.Applied, ""},
		{"a list that repeats a page instead of another", Options{}, anys(append(present(whole)[:22:22], present(whole)[:10]...), end), iam.Partial, "10 entries more than once"},
		{"no changes", Options{}, anys(nil, changes), iam.Applied, ""},
		{"a full answer, shorter than its total, to a question for changes", Options{}, anys(whole[:20], claims(all)), iam.Partial, "returned 32 entries, and 20 came"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			first := end
			first.Cursor = "1"
			s := &script{answers: [][]any{anys(whole, first)}}
			r.connect(s)
			if run := r.one(Options{}); run.State != iam.Applied {
				t.Fatalf("%+v", run)
			}
			before := r.open()
			if c.options.Full && !c.options.Preview { // the read of changes before it
				s.answers = append([][]any{anys(nil, directory.End{Claimed: -1, Changes: true, Server: "plain 1", Cursor: "1"})}, c.answer)
			} else {
				s.answers = [][]any{c.answer}
			}
			run := r.one(c.options)
			if run.State != c.state || !strings.Contains(run.Error, c.says) || strings.Contains(run.Error, "secret") {
				t.Errorf("%+v", run)
			}
			if after := r.open(); after != before {
				t.Errorf("%s, before %s", after, before)
			}
			// The next run starts where the last applied one got.
			want := "1"
			if c.state == iam.Applied {
				want = "2"
			}
			r.must(r.store.View(ann, func(v *store.Reader) error {
				shown, err := v.ShownRun(ann, r.source.ID)
				if shown.Cursor != want {
					t.Errorf("the cursor is %q, want %q", shown.Cursor, want)
				}
				return err
			}))
		})
	}
}

// TestCancelAtEveryPhase: whenever a run is cancelled, it was applied whole or
// not at all, and the next one brings what is missing.
func TestCancelAtEveryPhase(t *testing.T) {
	for _, phase := range []string{"connecting", "reading", "affected", "meanwhile"} {
		t.Run(phase, func(t *testing.T) {
			r, d := newRig(t), newTown(20, map[string]int{"staff": 8})
			r.connect(rereading{d})
			r.one(Options{})
			d.put("u1", "uid=renamed,ou=people,dc=x")
			d.put("u20", dnOf(20))
			d.set("staff", dnOf(0), "uid=renamed,ou=people,dc=x")
			d.set("staff", dnOf(0), "uid=renamed,ou=people,dc=x", dnOf(2), dnOf(3), dnOf(4), dnOf(5), dnOf(6), dnOf(7))
			before := r.open()
			reached, resume := make(chan struct{}), make(chan struct{})
			stop := func() { close(reached); <-resume }
			options := Options{}
			switch phase {
			case "connecting":
				open := r.runner.open
				r.runner.open = func(ctx context.Context, s iam.Source) (directory.Source, error) {
					r.runner.open = open
					stop()
					return open(ctx, s)
				}
			case "reading":
				d.during = func(int64) { d.during = nil; stop() }
			case "affected":
				d.forgets["staff"] = true
				d.during = func(int64) {
					d.mu.Lock()
					again := len(d.reread) > 0
					d.mu.Unlock()
					if again {
						d.during = nil
						stop()
					}
				}
			case "meanwhile":
				options.Full = true
				reads := 0
				d.during = func(read int64) {
					if read == 0 {
						reads++
					}
					if reads == 2 { // in the full read, something changes; the third read tells it
						reads++
						d.disable("u9")
					}
					if reads == 4 {
						d.during = nil
						stop()
					}
				}
			}
			run, err := r.runner.Start(ann, r.source.ID, options)
			r.must(err)
			select {
			case <-reached:
			case <-time.After(20 * time.Second):
				t.Fatal("the phase was not reached")
			}
			r.must(r.runner.Cancel(run.ID))
			close(resume)
			r.runner.Wait(ann, run.ID)
			if got := r.record(run.ID); got.State != iam.Cancelled || !options.Full && r.open() != before {
				t.Errorf("%+v, %s", got, r.open())
			}
			d.during, d.forgets = nil, map[string]bool{}
			r.one(Options{})
			if last := r.one(Options{Full: true}); last.State != iam.Applied || last.Drift != 0 || r.open() != "21 accounts, 8 memberships" {
				t.Errorf("%+v, %s", last, r.open())
			}
		})
	}
}
