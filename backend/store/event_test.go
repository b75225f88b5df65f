package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/backend/audit"
	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// history is a store with events of every form: with and without objects,
// reason and detail, and with runs that ended in every way.
func history(t *testing.T) (s *Store, heads map[iam.Seq]string) {
	t.Helper()
	c := newClock()
	s = mustOpen(t, t.TempDir(), c)
	t.Cleanup(func() { must(t, s.Close()) })
	src := addSource(t, s, "source")
	w := world{accounts: map[string]person{"a0": {login: "a0", sort: iam.Person}, "a1": {login: "a1", sort: iam.Person}}, groups: map[string]group{"g0": {members: []string{"a0", "a1"}}}}
	for i := range 3 {
		c.pass(time.Minute)
		w.accounts["a1"] = person{login: fmt.Sprint("a1", i), sort: iam.Person}
		apply(t, s, src, w.records(nil))
		_, err := s.Write(ann(), "setting.change", func(x *Tx) error {
			x.AboutText("setting", "organisation", fmt.Sprint("Halden ", i))
			x.AboutText("setting", "again", "second object")
			x.Because("because")
			x.event.Ticket = "T-1"
			must(t, x.Detail(map[string]int{"i": i}))
			return x.PutSetting(ann(), "organisation", fmt.Sprint(i))
		})
		must(t, err)
		_, err = s.Write(ann(), "session.start", nil)
		must(t, err)
	}
	run, d := read(t, s, src, nil) // everything is gone: held, then overtaken
	run.State, run.HoldHash = iam.Held, "4e"
	_, err := s.Write(ann(), "run.hold", func(x *Tx) error {
		return x.EndRun(ann(), run, src.Name, d.Digest, []iam.HoldReason{{Rule: "accountsGone", Subject: "accounts", Before: 2}})
	})
	must(t, err)
	run, _ = read(t, s, src, []directory.Record{})
	run.State, run.Error = iam.Partial, "the line went dead"
	_, err = s.Write(ann(), "run.fail", func(x *Tx) error { return x.EndRun(ann(), run, src.Name, "", nil) })
	must(t, err)
	run, d = read(t, s, src, nil) // and held again, with nothing newer
	run.State, run.HoldHash = iam.Held, "4e"
	_, err = s.Write(ann(), "run.hold", func(x *Tx) error { return x.EndRun(ann(), run, src.Name, d.Digest, nil) })
	must(t, err)
	heads = map[iam.Seq]string{}
	for _, line := range rows(t, s, `SELECT seq || ' ' || lower(hex(hash)) FROM events`) {
		var seq iam.Seq
		var head string
		_, err := fmt.Sscan(line, &seq, &head)
		must(t, err)
		heads[seq] = head
	}
	return s, heads
}

// verifyAfter edits the database file with a connection of its own, as anybody
// with a SQLite tool could, verifies what it then says, and takes it back.
func verifyAfter(t *testing.T, s *Store, head string, edit func(*sql.Tx) error) audit.Result {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir(), "gatehouse.db"))
	must(t, err)
	defer func() { must(t, d.Close()) }()
	tx, err := d.Begin()
	must(t, err)
	defer func() { must(t, tx.Rollback()) }()
	must(t, edit(tx))
	r := &Reader{tx: tx, q: db.New(tx)}
	res, err := r.VerifyAudit(context.Background(), head)
	must(t, err)
	return res
}

func statements(all ...string) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		for _, q := range all {
			res, err := tx.Exec(q)
			if err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, fmt.Errorf("%s: edits nothing", q))
			}
		}
		return nil
	}
}

// names says whether a problem is about the event.
func names(res audit.Result, seq iam.Seq) bool {
	return !res.OK && slices.ContainsFunc(res.Problems, func(p audit.Problem) bool {
		return p.Seq == seq && strings.Contains(strings.ToLower(p.Text), fmt.Sprintf("event %d", seq))
	})
}

// TestEveryEditIsNamed: T1 of the check list, column by column.
func TestEveryEditIsNamed(t *testing.T) {
	s, heads := history(t)
	newest := iam.Seq(len(heads))
	if res := verifyAfter(t, s, "", func(*sql.Tx) error { return nil }); !res.OK || res.Events != int64(newest) || res.Head != heads[newest] || len(res.CannotProve) != 2 {
		t.Fatalf("the untouched log: %+v", res)
	}
	columns := rows(t, s, `SELECT name FROM pragma_table_info('events') WHERE name <> 'seq'`)
	if len(columns) != 16 {
		t.Errorf("events has the columns %q: say below what an edit of a new one is", columns)
	}
	for seq := iam.Seq(1); seq <= newest; seq++ {
		for _, column := range columns {
			value := column + " || 'x'"
			switch column {
			case "version", "time":
				value = column + " + 1"
			case "detail_hash", "prev", "hash":
				value = "randomblob(32)"
			}
			res := verifyAfter(t, s, "", statements(fmt.Sprintf(`UPDATE events SET %s = %s WHERE seq = %d`, column, value, seq)))
			if !names(res, seq) {
				t.Errorf("an edit of %s in event %d: %+v", column, seq, res.Problems)
			}
		}
	}
	for _, q := range rows(t, s, `
	  SELECT seq || ' UPDATE event_objects SET '||c.name||' = '||c.name||' || ''x'' WHERE seq = '||seq||' AND ord = '||ord FROM event_objects, (SELECT 'kind' AS name UNION SELECT 'id' UNION SELECT 'name') c
	  UNION ALL SELECT seq||' DELETE FROM event_objects WHERE seq = '||seq||' AND ord = '||ord FROM event_objects
	  UNION ALL SELECT seq||' INSERT INTO event_objects VALUES ('||seq||', 99, ''group'', ''1'', ''x'')' FROM events
	  UNION ALL SELECT seq||' UPDATE event_objects SET ord = 9 WHERE seq = '||seq||' AND ord = 0' FROM event_objects WHERE ord = 1
	  UNION ALL SELECT seq||' UPDATE event_details SET detail = detail || '' '' WHERE seq = '||seq FROM event_details
	  UNION ALL SELECT seq||' UPDATE event_details SET salt = randomblob(16) WHERE seq = '||seq FROM event_details
	  UNION ALL SELECT seq||' INSERT INTO event_details VALUES ('||seq||', randomblob(16), ''{}'')' FROM events WHERE seq NOT IN (SELECT seq FROM event_details)`) {
		var seq iam.Seq
		_, err := fmt.Sscan(q, &seq)
		must(t, err)
		_, statement, _ := strings.Cut(q, " ")
		if res := verifyAfter(t, s, "", statements(statement)); !names(res, seq) {
			t.Errorf("%s: %+v", statement, res.Problems)
		}
	}
	for seq := iam.Seq(1); seq < newest; seq++ {
		res := verifyAfter(t, s, "", statements(fmt.Sprintf(`DELETE FROM events WHERE seq = %d`, seq)))
		if !names(res, seq) {
			t.Errorf("event %d is deleted: %+v", seq, res.Problems)
		}
		// Deleted, and the later ones numbered anew.
		res = verifyAfter(t, s, "", func(tx *sql.Tx) error {
			err := statements(fmt.Sprintf(`DELETE FROM events WHERE seq = %d`, seq), fmt.Sprintf(`UPDATE events SET seq = -seq WHERE seq > %d`, seq), `UPDATE events SET seq = -seq - 1 WHERE seq < 0`)(tx)
			return err
		})
		if res.OK {
			t.Errorf("event %d is deleted and the rest numbered anew: nothing found", seq)
		}
		res = verifyAfter(t, s, "", statements(fmt.Sprintf(`UPDATE events SET seq = -1 WHERE seq = %d`, seq), fmt.Sprintf(`UPDATE events SET seq = %d WHERE seq = %d`, seq, seq+1), fmt.Sprintf(`UPDATE events SET seq = %d WHERE seq = -1`, seq+1)))
		if res.OK {
			t.Errorf("events %d and %d are swapped: nothing found", seq, seq+1)
		}
	}
	for _, at := range []iam.Seq{0, -3, newest + 1, newest + 7} {
		res := verifyAfter(t, s, "", statements(fmt.Sprintf(`INSERT INTO events SELECT %d, version, time, clock, actor, os_user, host, channel, address, action, outcome, reason, ticket, correlation, detail_hash, prev, hash FROM events WHERE seq = 2`, at)))
		if res.OK {
			t.Errorf("event %d is inserted: nothing found", at)
		}
	}
}

// TestHead: what only a head noted elsewhere can prove.
func TestHead(t *testing.T) {
	s, heads := history(t)
	newest := iam.Seq(len(heads))
	truncate := statements(fmt.Sprintf(`DELETE FROM runs WHERE seq > %d`, newest-3), fmt.Sprintf(`DELETE FROM event_objects WHERE seq > %d`, newest-3),
		fmt.Sprintf(`DELETE FROM event_details WHERE seq > %d`, newest-3), fmt.Sprintf(`DELETE FROM events WHERE seq > %d`, newest-3))
	if res := verifyAfter(t, s, "", truncate); !res.OK || len(res.CannotProve) != 2 {
		t.Errorf("a log without its newest events must say what it cannot prove: %+v", res)
	}
	if res := verifyAfter(t, s, heads[newest], truncate); res.OK {
		t.Errorf("the newest events are gone, and the head does not tell")
	}
	if res := verifyAfter(t, s, heads[newest-3], truncate); !res.OK {
		t.Errorf("an older head still stands: %+v", res.Problems)
	}
	if res := verifyAfter(t, s, heads[newest][:audit.MinHead], func(*sql.Tx) error { return nil }); !res.OK || len(res.CannotProve) != 1 {
		t.Errorf("the beginning of the head: %+v", res)
	}
	// Somebody who knows the format edits an event and seals all that follow.
	const from = 4
	rewrite := func(tx *sql.Tx) error {
		if _, err := tx.Exec(`UPDATE events SET actor = 'local:somebody-else' WHERE seq = ?`, from); err != nil {
			return err
		}
		r := &Reader{tx: tx, q: db.New(tx)}
		var prev [32]byte
		var lines []audit.Line
		for l, err := range r.Events(context.Background()) {
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		for _, l := range lines {
			rec := l.Record
			if rec.Seq > from {
				rec.Prev = prev
			}
			if rec.Seq >= from {
				rec = audit.Seal(rec)
			}
			prev = rec.Hash
			if _, err := tx.Exec(`UPDATE events SET prev = ?, hash = ? WHERE seq = ?`, rec.Prev[:], rec.Hash[:], rec.Seq); err != nil {
				return err
			}
		}
		return nil
	}
	if res := verifyAfter(t, s, "", rewrite); !res.OK || len(res.CannotProve) != 2 {
		t.Errorf("a rewritten log must say what it cannot prove: %+v", res)
	}
	if res := verifyAfter(t, s, heads[newest], rewrite); res.OK {
		t.Error("the log is rewritten, and the head does not tell")
	}
	if res := verifyAfter(t, s, heads[from-1], rewrite); !res.OK {
		t.Errorf("what came before is as it was: %+v", res.Problems)
	}
}

// TestEditedRunIsNamed: the record of a run is what its event says, column by
// column.
func TestEditedRunIsNamed(t *testing.T) {
	s, _ := history(t)
	columns := rows(t, s, `SELECT name FROM pragma_table_info('runs')`)
	for _, run := range rows(t, s, `SELECT id || ' ' || seq || ' ' || state FROM runs WHERE seq > 0`) {
		var id, seq iam.Seq
		var state string
		_, err := fmt.Sscan(run, &id, &seq, &state)
		must(t, err)
		var edits []string
		for _, column := range columns {
			switch column {
			case "cursor": // working state: where the next read may begin
			case "state":
				for _, other := range []string{"applied", "held", "released", "partial", "reading", "overtaken"} {
					if other != state {
						edits = append(edits, fmt.Sprintf(`UPDATE runs SET state = '%s' WHERE id = %d`, other, id))
					}
				}
			case "mode", "server", "hold_hash", "error", "digest", "note":
				edits = append(edits, fmt.Sprintf(`UPDATE runs SET %s = %s || 'x' WHERE id = %d`, column, column, id))
			default:
				edits = append(edits, fmt.Sprintf(`UPDATE runs SET %s = %s + 1000 WHERE id = %d`, column, column, id))
			}
		}
		edits = append(edits, fmt.Sprintf(`DELETE FROM runs WHERE id = %d`, id), fmt.Sprintf(`UPDATE runs SET seq = 0 WHERE id = %d`, id))
		for _, q := range edits {
			if res := verifyAfter(t, s, "", statements(q)); res.OK || !strings.Contains(fmt.Sprint(res.Problems), fmt.Sprint(id)) {
				t.Errorf("%s (%s): %+v", q, state, res.Problems)
			}
		}
	}
	others := strings.Join(slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "id" }), ", ")
	if res := verifyAfter(t, s, "", statements(`INSERT INTO runs (id, `+others+`) SELECT 99999, `+others+` FROM runs WHERE seq > 0 LIMIT 1`)); res.OK || !strings.Contains(fmt.Sprint(res.Problems), "99999") {
		t.Errorf("a run is made up: %+v", res.Problems)
	}
	// A detail that is gone is named as long as nothing purges details.
	if res := verifyAfter(t, s, "", statements(`DELETE FROM event_details WHERE seq = 2`)); res.OK || !strings.Contains(fmt.Sprint(res.Problems), "detail of event 2 is gone") {
		t.Errorf("a detail is deleted: %+v", res)
	}
}

// TestForgottenRemainsBetrayRemoval: whoever deletes the newest events and
// nothing else is found out even without a head.
func TestForgottenRemainsBetrayRemoval(t *testing.T) {
	s, _ := history(t)
	if res := verifyAfter(t, s, "", statements(`DELETE FROM events WHERE seq > (SELECT max(seq) - 3 FROM events)`)); res.OK || !strings.Contains(fmt.Sprint(res.Problems), "are gone: something that belongs to them") {
		t.Errorf("the newest event is deleted: %+v", res)
	}
}

// TestTimeNeverDecreases: whatever the computer's clock does, the log's does not
// run backwards, nor over a restart.
func TestTimeNeverDecreases(t *testing.T) {
	dir := t.TempDir()
	c := newClock()
	s := mustOpen(t, dir, c)
	defer func() { must(t, s.Close()) }()
	last, count := int64(0), 0
	rapid.Check(t, func(r *rapid.T) {
		for _, jump := range rapid.SliceOfN(rapid.Int64Range(-48*3600, 48*3600), 1, 8).Draw(r, "seconds") {
			c.pass(time.Duration(jump) * time.Second)
			if jump%5 == 0 {
				must(r, s.Close())
				s = mustOpen(t, dir, c)
			}
			var at int64
			_, err := s.Write(ann(), "x", func(x *Tx) error { at = x.Now; return nil })
			must(r, err)
			if at < last {
				r.Fatalf("event time %d after %d", at, last)
			}
			last, count = at, count+1
		}
	})
	must(t, s.View(ann(), func(r *Reader) error {
		res, err := r.VerifyAudit(ann(), "")
		if !res.OK || res.Events != int64(count) {
			t.Errorf("%d events: %+v", count, res)
		}
		return err
	}))
}

// TestWriteIsOneThing: what fails leaves neither record nor event, and an event
// that cannot be appended undoes its record.
func TestWriteIsOneThing(t *testing.T) {
	s := newStore(t)
	fails := errors.New("no")
	_, err := s.Write(ann(), "setting.change", func(x *Tx) error {
		must(t, x.PutSetting(ann(), "organisation", "half"))
		return fails
	})
	if !errors.Is(err, fails) {
		t.Errorf("%v", err)
	}
	_, err = s.Write(ann(), "setting.change", func(x *Tx) error {
		must(t, x.PutSetting(ann(), "organisation", "half"))
		_, err := x.tx.Exec(`INSERT INTO events SELECT ?, 1, 0, '', '', '', '', '', '', '', '', '', '', '', x'', x'', x''`, x.Seq)
		return err // the event's number is taken
	})
	if err == nil {
		t.Error("an act without its event")
	}
	if kept := rows(t, s, `SELECT value FROM settings WHERE key = 'organisation'`); len(kept) != 0 {
		t.Errorf("kept: %q", kept)
	}
	if n := rows(t, s, `SELECT count(*) || '' FROM events`); n[0] != "0" {
		t.Errorf("%s events", n[0])
	}
	seq, err := s.Write(ann(), "x", nil)
	must(t, err)
	if seq != 1 {
		t.Errorf("the next event is number %d", seq)
	}
}

func TestEventNamesTheActor(t *testing.T) {
	s := newStore(t)
	ctx := iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Operator(7), OSUser: "ann", Host: "here", Channel: "browser", Address: "127.0.0.1:5", Correlation: "c1"})
	_, err := s.Write(ctx, "source.add", func(x *Tx) error {
		x.About("source", 3, "Corp\nforged line")
		x.Ended(iam.Refused)
		return x.Detail(map[string]string{"k": "v"})
	})
	must(t, err)
	_, err = s.Write(context.Background(), "run.start", nil)
	must(t, err)
	must(t, s.View(ctx, func(r *Reader) error {
		found, err := r.ListEvents(ctx, EventFilter{}, Stretch{Most: 10})
		if found.N != 2 || err != nil {
			t.Fatal(found.Count, err)
		}
		lines := found.Rows
		e := lines[1].Record
		if e.Actor != "operator:7" || e.OSUser != "ann" || e.Host != "here" || e.Channel != "browser" || e.Address != "127.0.0.1:5" || e.Correlation != "c1" || e.Outcome != iam.Refused ||
			len(e.Objects) != 1 || e.Objects[0].Name != "Corp\nforged line" || lines[1].Detail == nil || lines[1].Detail.Text != `{"k":"v"}` {
			t.Errorf("%+v", lines[1])
		}
		if lines[0].Record.Actor != iam.System {
			t.Errorf("nobody in particular is %q", lines[0].Record.Actor)
		}
		head, hash, err := r.Head(ctx)
		if head != 2 || hex.EncodeToString(hash[:]) != hex.EncodeToString(lines[0].Record.Hash[:]) {
			t.Errorf("the head is %d %x", head, hash)
		}
		for words, want := range map[string]int64{"source.add": 1, "OPERATOR:7": 1, "corp": 1, "nothing of the sort": 0, "": 2} {
			if found, err := r.ListEvents(ctx, EventFilter{Words: words}, Stretch{Most: 10}); err != nil || found.N != want {
				t.Errorf("%q finds %d events, want %d: %v", words, found.N, want, err)
			}
		}
		return err
	}))
}
