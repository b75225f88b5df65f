package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Head is the newest event's number and hash; 0 and zeros in an empty log.
func (r *Reader) Head(ctx context.Context) (iam.Seq, [32]byte, error) {
	var h [32]byte
	e, err := r.q.LastEvent(ctx)
	if err != nil {
		var n int64
		if n, err = r.q.CountEvents(ctx); err == nil && n == 0 {
			return 0, h, nil
		}
		return 0, h, err
	}
	copy(h[:], e.Hash)
	return iam.Seq(e.Seq), h, nil
}

// Events yields every event in order, with its detail where it is kept.
func (r *Reader) Events(ctx context.Context) iter.Seq2[audit.Line, error] {
	return func(yield func(audit.Line, error) bool) {
		const most = 1000
		for after := int64(-1 << 62); ; {
			rows, err := r.q.EventsAfter(ctx, db.EventsAfterParams{After: after, Most: most})
			if err != nil {
				yield(audit.Line{}, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			last := rows[len(rows)-1].Seq
			objects, err := r.objectsOf(ctx, after, last)
			if err != nil {
				yield(audit.Line{}, err)
				return
			}
			for _, e := range rows {
				if !yield(lineOf(e, objects[e.Seq]), nil) {
					return
				}
			}
			after = last
		}
	}
}

func (r *Reader) objectsOf(ctx context.Context, after, last int64) (map[int64][]iam.Object, error) {
	rows, err := r.q.EventObjectsBetween(ctx, db.EventObjectsBetweenParams{After: after, Last: last})
	out := map[int64][]iam.Object{}
	for _, o := range rows {
		out[o.Seq] = append(out[o.Seq], iam.Object{Kind: o.Kind, ID: o.ID, Name: o.Name})
	}
	return out, err
}

func lineOf(e db.EventsAfterRow, objects []iam.Object) audit.Line {
	l := audit.Line{Record: audit.Record{
		Version: int(e.Version), Seq: iam.Seq(e.Seq), Time: e.Time, Clock: e.Clock, Actor: iam.Actor(e.Actor), OSUser: e.OsUser, Host: e.Host,
		Channel: e.Channel, Address: e.Address, Action: e.Action, Objects: objects, Outcome: iam.Outcome(e.Outcome), Reason: e.Reason, Ticket: e.Ticket, Correlation: e.Correlation,
	}}
	copy(l.Record.DetailHash[:], e.DetailHash)
	copy(l.Record.Prev[:], e.Prev)
	copy(l.Record.Hash[:], e.Hash)
	if e.Detail != nil {
		l.Detail = &audit.Detail{Text: *e.Detail}
		copy(l.Detail.Salt[:], e.Salt)
	}
	return l
}

// VerifyAudit checks the chain and compares the records of runs with what the
// events say of them. head is one noted elsewhere, or empty.
func (r *Reader) VerifyAudit(ctx context.Context, head string) (audit.Result, error) {
	v := audit.NewVerifier()
	ends := map[iam.ID]runEnd{}
	var lost []audit.Problem
	for l, err := range r.Events(ctx) {
		if err != nil {
			return audit.Result{}, err
		}
		v.Add(l.Record, l.Detail)
		if l.Detail == nil {
			// Nothing purges details yet, so one that is gone was taken away.
			if l.Record.DetailHash != [32]byte{} {
				lost = append(lost, audit.Problem{Seq: l.Record.Seq, Text: fmt.Sprintf("The detail of event %d is gone, and no event says that it was purged.", l.Record.Seq)})
			}
			continue
		}
		var d runDetail
		if isRunEnd(l.Record.Action) && json.Unmarshal([]byte(l.Detail.Text), &d) == nil {
			ends[d.Run] = runEnd{d, l.Record.Time, l.Record.Seq}
		}
	}
	res := v.Result(head)
	beyond, err := r.beyondEvents(ctx)
	if err != nil {
		return res, err
	}
	runs, err := r.compareRuns(ctx, ends, len(lost) > 0)
	if err != nil {
		return res, err
	}
	factors, err := r.compareFactors(ctx, len(lost) > 0)
	if err != nil {
		return res, err
	}
	people, err := r.compareIdentities(ctx, len(lost) > 0)
	if err != nil {
		return res, err
	}
	reviews, err := r.compareReviews(ctx)
	if err != nil {
		return res, err
	}
	accepted, err := r.compareAcceptances(ctx)
	res.Problems = slices.Concat(res.Problems, lost, beyond, runs, factors, people, reviews, accepted)
	res.OK = len(res.Problems) == 0
	return res, err
}

// beyondEvents finds what belongs to events after the newest: those events were
// there and were removed.
func (r *Reader) beyondEvents(ctx context.Context) ([]audit.Problem, error) {
	var newest, last iam.Seq
	if err := r.tx.QueryRowContext(ctx, `SELECT coalesce((SELECT max(seq) FROM events), 0), max(
	  coalesce((SELECT max(seq) FROM event_details), 0), coalesce((SELECT max(seq) FROM event_objects), 0), coalesce((SELECT max(seq) FROM runs), 0))`).Scan(&newest, &last); err != nil || last <= newest {
		return nil, err
	}
	return []audit.Problem{{Seq: last, Text: fmt.Sprintf("Events %d to %d are gone: something that belongs to them is still there.", newest+1, last)}}, nil
}

func isRunEnd(action string) bool {
	switch action {
	case "run.apply", "run.release", "run.preview", "run.hold", "run.fail", "run.cancel", "run.interrupt":
		return true
	}
	return false
}

// runEnd is how a run ended: what the event says, when and in which.
type runEnd struct {
	runDetail
	at  int64
	seq iam.Seq
}

// compareRuns rebuilds the records of runs from their events.
func (r *Reader) compareRuns(ctx context.Context, want map[iam.ID]runEnd, purged bool) ([]audit.Problem, error) {
	newest := map[iam.ID]iam.ID{} // of each source
	for id, w := range want {
		newest[w.Source] = max(newest[w.Source], id)
	}
	rows, err := r.tx.QueryContext(ctx, `SELECT id, source_id, mode, state, started_at, config_version, server, read, claimed, skipped, added, changed, removed, digest, hold_hash, error, note, scope, drift + 1, ended_at, seq FROM runs WHERE seq > 0 ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var problems []audit.Problem
	for rows.Next() {
		var d runEnd
		if err := rows.Scan(&d.Run, &d.Source, &d.Mode, &d.State, &d.Started, &d.Config, &d.Server, &d.Read, &d.Claimed, &d.Skipped, &d.Added, &d.Changed, &d.Removed, &d.Digest, &d.Hold, &d.Error, &d.Note, &d.Scope, &d.Looked, &d.at, &d.seq); err != nil {
			return nil, err
		}
		w, said := want[d.Run]
		delete(want, d.Run)
		if !said {
			if !purged {
				problems = append(problems, audit.Problem{Seq: d.seq, Text: fmt.Sprintf("Run %s is recorded, but no event says how it ended.", d.Run)})
			}
			continue
		}
		if newest[w.Source] > w.Run && (w.State == string(iam.Held) || w.State == string(iam.Previewed)) {
			w.State = string(iam.Overtaken) // by the newer run, without an event of its own
		}
		if w != d {
			problems = append(problems, audit.Problem{Seq: w.seq, Text: fmt.Sprintf("The record of run %s is not what event %d says: it was changed.", d.Run, w.seq)})
		}
	}
	for id, w := range want {
		problems = append(problems, audit.Problem{Seq: w.seq, Text: fmt.Sprintf("Event %d tells of run %s, but its record is gone.", w.seq, id)})
	}
	return problems, rows.Err()
}

// EventFilter narrows a list of events; zero values do not.
type EventFilter struct {
	Words   string
	Action  string
	Outcome iam.Outcome
	Actor   string
}

// newestFirst is the order of events.
var newestFirst = ranking{list: "events", by: "seq", keys: []string{"e.seq"}, desc: true}

// ListEvents lists events, newest first.
func (r *Reader) ListEvents(ctx context.Context, f EventFilter, at Stretch) (Listed[audit.Line], error) {
	w := where{}
	w.addIf(f.Action != "", "e.action = ?", f.Action)
	w.addIf(f.Outcome != "", "e.outcome = ?", string(f.Outcome))
	w.addIf(f.Actor != "", "e.actor = ?", f.Actor)
	if f.Words != "" {
		w.add(`(instr(lower(e.action), lower(?)) > 0 OR instr(lower(e.actor), lower(?)) > 0 OR instr(lower(e.reason), lower(?)) > 0
		  OR EXISTS (SELECT 1 FROM event_objects o WHERE o.seq = e.seq AND (instr(lower(o.name), lower(?)) > 0 OR o.id = ?)))`, f.Words, f.Words, f.Words, f.Words, f.Words)
	}
	list := listing{parts: []part{{from: "events e LEFT JOIN event_details d ON d.seq = e.seq"}}}
	n, err := r.count(ctx, ` FROM events e`+w.sql(), w.args)
	if err != nil {
		return Listed[audit.Line]{}, err
	}
	rows, err := rowsOf(ctx, r, list, `e.*, d.salt, d.detail`, func(e *db.EventsAfterRow) []any {
		return []any{&e.Seq, &e.Version, &e.Time, &e.Clock, &e.Actor, &e.OsUser, &e.Host, &e.Channel, &e.Address, &e.Action, &e.Outcome, &e.Reason, &e.Ticket, &e.Correlation, &e.DetailHash, &e.Prev, &e.Hash, &e.Salt, &e.Detail}
	}, w, newestFirst, at)
	if err != nil {
		return Listed[audit.Line]{}, err
	}
	page, err := pageOf(newestFirst, rows, n, at.Most)
	if err != nil {
		return Listed[audit.Line]{}, err
	}
	out := Listed[audit.Line]{make([]audit.Line, len(page.Rows)), page.Count, page.Next}
	for i, e := range page.Rows {
		objects, err := r.objectsOf(ctx, e.Seq-1, e.Seq)
		if err != nil {
			return out, err
		}
		out.Rows[i] = lineOf(e, objects[e.Seq])
	}
	return out, nil
}
