package store

import (
	"context"
	"database/sql"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "rapid.checks" })
	if !chosen { // a check is a few reads applied to a real database
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// clock is a clock that only a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func openIn(dir string, c *clock) (*Store, error) {
	return Open(context.Background(), Options{Dir: dir, Now: c.now, Log: quiet})
}

func mustOpen(t testing.TB, dir string, c *clock) *Store {
	t.Helper()
	s, err := openIn(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	s := mustOpen(t, t.TempDir(), newClock())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ann acts in tests.
func ann() context.Context {
	return iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Local("ann"), OSUser: "ann", Host: "here", Channel: "cli"})
}

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func addSource(t fataler, s *Store, name string) iam.Source {
	t.Helper()
	src := iam.Source{Name: name, Kind: "plain", ConfigVersion: 1}
	_, err := s.Write(ann(), "source.add", func(x *Tx) (err error) {
		if src.ID, err = x.NewID(ann()); err != nil {
			return err
		}
		x.About("source", src.ID, name)
		return x.AddSource(ann(), src, "")
	})
	must(t, err)
	return src
}

// read stages records as a run does, and compares them.
func read(t fataler, s *Store, src iam.Source, records []directory.Record) (iam.Run, Delta) {
	t.Helper()
	run, err := s.StartRun(ann(), src, "full")
	must(t, err)
	st, err := s.NewStaging(ann(), run.ID)
	must(t, err)
	for _, r := range records {
		must(t, st.Add(ann(), r))
	}
	d, err := st.Finish(ann(), src.ID)
	must(t, err)
	must(t, st.Close())
	st, err = s.OpenStaging(ann(), run.ID)
	must(t, err)
	if kept, err := st.Delta(ann(), src.ID); err != nil || kept.Digest != d.Digest || !slices.Equal(kept.Counts, d.Counts) {
		t.Fatalf("the file tells another difference: %+v %+v %v", d, kept, err)
	}
	must(t, st.Close())
	run.State, run.Server, run.Read, run.Claimed = iam.Applied, "plain 1", int64(len(records)), int64(len(records))
	run.Added, run.Changed, run.Removed = d.Total("added"), d.Total("changed"), d.Total("removed")
	return run, d
}

// apply reads records and makes them the truth.
func apply(t fataler, s *Store, src iam.Source, records []directory.Record) (iam.Seq, Delta) {
	t.Helper()
	run, d := read(t, s, src, records)
	seq, err := s.Apply(ann(), "run.apply", run, src, d, nil)
	must(t, err)
	s.DropStaging(run.ID)
	return seq, d
}

// rows are the results of a query as text, one line a row.
func rows(t fataler, s *Store, query string, args ...any) []string {
	t.Helper()
	var out []string
	must(t, s.View(context.Background(), func(r *Reader) error {
		found, err := r.tx.Query(query, args...)
		if err != nil {
			return err
		}
		defer func() { _ = found.Close() }()
		for found.Next() {
			var line string
			if err := found.Scan(&line); err != nil {
				return err
			}
			out = append(out, line)
		}
		return found.Err()
	}))
	return out
}

// tamper changes the database file behind the program's back, as somebody with
// the file and a tool would.
func tamper(t testing.TB, dir string, statements ...string) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "gatehouse.db"))
	must(t, err)
	d.SetMaxOpenConns(1)
	defer func() { must(t, d.Close()) }()
	for _, q := range statements {
		if _, err := d.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}
