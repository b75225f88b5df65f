package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

// TestOpen: what a folder can hold, and what is said of it.
func TestOpen(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(t *testing.T, dir string, db string)
		kind   iam.Kind
		says   []string
		viewed bool // it opens; a reader meets the damage
	}{
		{"clean", func(*testing.T, string, string) {}, "", nil, false},
		{"newer", func(t *testing.T, dir, _ string) {
			tamper(t, dir, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
		}, iam.Unsupported, []string{"newer version", "999", "restore a backup"}, false},
		{"unclean, whole", func(t *testing.T, dir, _ string) {
			tamper(t, dir, `UPDATE settings SET value = '0' WHERE key = 'clean'`)
		}, "", nil, false},
		{"unclean, damaged", func(t *testing.T, dir, db string) {
			tamper(t, dir, `UPDATE settings SET value = '0' WHERE key = 'clean'`)
			damage(t, dir, db)
		}, iam.Unavailable, []string{"damaged", "gatehouse.db", "newest backup"}, false},
		{"clean, damaged", damage, iam.Unavailable, []string{"damaged", "gatehouse.db", "newest backup"}, true},
		{"no database at all", func(t *testing.T, _, db string) {
			must(t, os.WriteFile(db, []byte(strings.Repeat("not a database. ", 1000)), 0o600))
		}, iam.Unavailable, []string{"damaged", "gatehouse.db"}, false},
		{"cut off", func(t *testing.T, _, db string) { must(t, os.Truncate(db, 5000)) }, iam.Unavailable, []string{"damaged"}, false},
		{"stopped before its first word", func(t *testing.T, _, db string) { must(t, os.Truncate(db, 0)) }, "", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, newClock())
			for i := range 5 {
				_, err := s.Write(ann(), fmt.Sprint("x", i), nil)
				must(t, err)
			}
			must(t, s.Close())
			c.spoil(t, dir, filepath.Join(dir, "gatehouse.db"))
			before, _ := os.ReadFile(filepath.Join(dir, "gatehouse.db"))
			s, err := openIn(dir, newClock())
			if err == nil {
				defer func() { must(t, s.Close()) }()
			}
			if c.viewed {
				must(t, err)
				err = s.View(ann(), func(r *Reader) error {
					_, err := r.ListEvents(ann(), EventFilter{Action: "x3"}, Stretch{Most: 10})
					return err
				})
			}
			if iam.KindOf(err) != c.kind {
				t.Fatalf("%v", err)
			}
			for _, says := range c.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%v does not say %q", err, says)
				}
			}
			if c.kind != "" && !c.viewed {
				if after, _ := os.ReadFile(filepath.Join(dir, "gatehouse.db")); string(after) != string(before) {
					t.Error("the file was changed")
				}
			}
		})
	}
}

// damage writes over the page at which an index begins.
func damage(t *testing.T, dir, db string) {
	t.Helper()
	s := mustOpen(t, t.TempDir(), newClock()) // of the same schema
	var page, size int64
	must(t, s.writer.QueryRow(`SELECT rootpage FROM sqlite_master WHERE name = 'events_action'`).Scan(&page))
	must(t, s.writer.QueryRow(`PRAGMA page_size`).Scan(&size))
	must(t, s.Close())
	f, err := os.OpenFile(db, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("garbage!", int(size)/8)), (page-1)*size)
	must(t, errors.Join(err, f.Close()))
}

func TestOpenSavesInstallation(t *testing.T) {
	dir := t.TempDir()
	name := func() string {
		s := mustOpen(t, dir, newClock())
		defer func() { must(t, s.Close()) }()
		return rows(t, s, `SELECT value FROM settings WHERE key = 'installation'`)[0]
	}
	first := name()
	if len(first) != 16 || name() != first {
		t.Errorf("the installation is named %q", first)
	}
}

// TestDiskFull: nothing is half done, the reason is told, and with space it
// goes on. SQLite is told that the disk has no more pages, which it answers as
// it answers a disk without space.
func TestDiskFull(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "source")
	var pages int64
	must(t, s.writer.QueryRow(`PRAGMA page_count`).Scan(&pages))
	var most int64
	must(t, s.writer.QueryRow(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(&most))
	before := s.head
	big := strings.Repeat("x", 1<<20)
	for name, act := range map[string]func() error{
		"Write": func() error {
			_, err := s.Write(ann(), "x", func(x *Tx) error { return x.PutSetting(ann(), "organisation", big) })
			return err
		},
		"Scratch": func() error {
			return s.Scratch(ann(), func(x *Scratch) error {
				return x.SaveSession(ann(), Session{Hash: [32]byte{1}, Kind: "link", OSUser: big, ExpiresAt: 1 << 60})
			})
		},
	} {
		if err := act(); iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "is full; nothing was changed") || !strings.Contains(err.Error(), s.Dir()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := world{accounts: map[string]person{}}
	for i := range 300 {
		w.accounts[fmt.Sprint("u", i)] = person{login: fmt.Sprint("u", i), sort: iam.Person}
	}
	run, d := read(t, s, src, w.records(nil))
	if _, err := s.Apply(ann(), "run.apply", run, src, d, nil); iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "is full") {
		t.Errorf("Apply: %v", err)
	}
	if s.head != before || len(rows(t, s, `SELECT value FROM settings WHERE key = 'organisation'`)) != 0 || len(linesAsOf(t, s, src, iam.Open-1)) != 0 {
		t.Error("something was changed")
	}
	must(t, s.writer.QueryRow(`PRAGMA max_page_count = 1000000`).Scan(&most))
	_, err := s.Apply(ann(), "run.apply", run, src, d, nil)
	must(t, err)
	sameLines(t, "with space again", linesAsOf(t, s, src, iam.Open-1), w.lines())
}

func TestReadOnlyFolder(t *testing.T) {
	s := newStore(t)
	_, err := s.writer.Exec(`PRAGMA query_only = 1`)
	must(t, err)
	if _, err := s.Write(ann(), "x", nil); iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "read-only; nothing was changed") || !strings.Contains(err.Error(), s.Dir()) {
		t.Errorf("%v", err)
	}
	_, err = s.writer.Exec(`PRAGMA query_only = 0`)
	must(t, err)
	_, err = s.Write(ann(), "x", nil)
	must(t, err)
}

// TestOpenWithoutSpace: a folder on a disk that is full, or read-only, is not
// called damaged. A real small disk needs the right to mount one.
func TestOpenWithoutSpace(t *testing.T) {
	dir := t.TempDir()
	unmount := mountSmall(t, dir)
	defer unmount()
	must(t, os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 900<<10), 0o600))
	_, err := openIn(dir, newClock())
	if iam.KindOf(err) != iam.Unavailable || !strings.Contains(err.Error(), "full") || strings.Contains(err.Error(), "damaged") {
		t.Errorf("full: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, "ballast")))
	remount(t, dir, true)
	if _, err := openIn(dir, newClock()); iam.KindOf(err) != iam.Unavailable || strings.Contains(err.Error(), "damaged") {
		t.Errorf("read-only: %v", err)
	}
	remount(t, dir, false)
	s, err := openIn(dir, newClock())
	must(t, err)
	must(t, s.Close())
}

func TestViewIsASnapshot(t *testing.T) {
	s := newStore(t)
	must(t, s.View(ann(), func(r *Reader) error {
		if _, err := r.Setting(ann(), "organisation"); err != nil { // the snapshot begins
			return err
		}
		_, err := s.Write(ann(), "x", func(x *Tx) error { return x.PutSetting(ann(), "organisation", "Halden") })
		must(t, err)
		v, err := r.Setting(ann(), "organisation")
		if v != "" {
			t.Errorf("the snapshot shows %q", v)
		}
		_, err2 := r.tx.Exec(`DELETE FROM settings`)
		if err2 == nil {
			t.Error("a reader wrote")
		}
		return err
	}))
	ctx, cancel := context.WithCancel(ann())
	cancel()
	if _, err := s.Write(ctx, "x", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a Write whose caller is gone: %v", err)
	}
	if n := rows(t, s, `SELECT count(*) || '' FROM events`); n[0] != "1" {
		t.Errorf("%s events", n[0])
	}
}
