package store

import (
	"context"
	"database/sql"
	"errors"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

func runOf(r db.Run) iam.Run {
	return iam.Run{
		ID: iam.ID(r.ID), SourceID: iam.ID(r.SourceID), Mode: r.Mode, State: iam.RunState(r.State),
		StartedAt: r.StartedAt, EndedAt: r.EndedAt, ConfigVersion: r.ConfigVersion, Server: r.Server,
		Read: r.Read, Claimed: r.Claimed, Skipped: r.Skipped, Added: r.Added, Changed: r.Changed, Removed: r.Removed,
		HoldHash: r.HoldHash, Error: r.Error, Seq: iam.Seq(r.Seq), Cursor: r.Cursor, Note: r.Note,
		Scope: iam.RunScope(r.Scope), Drift: r.Drift,
	}
}

// Run is one run, or NotFound.
func (r *Reader) Run(ctx context.Context, id iam.ID) (iam.Run, error) {
	row, err := one(r.q.GetRun(ctx, int64(id)))("There is no such run.")
	return runOf(row), err
}

// Runs lists runs, newest first; source 0 means of all sources.
func (r *Reader) Runs(ctx context.Context, source iam.ID, skip, most int) ([]iam.Run, int64, error) {
	total, err := r.q.CountRuns(ctx, int64(source))
	if err != nil {
		return nil, 0, err
	}
	rows, err := r.q.ListRuns(ctx, db.ListRunsParams{Source: int64(source), Most: int64(most), Skip: int64(skip)})
	out := make([]iam.Run, len(rows))
	for i, row := range rows {
		out[i] = runOf(row)
	}
	return out, total, err
}

// NewestRun is the source's last started run, nil if it was never read.
func (r *Reader) NewestRun(ctx context.Context, source iam.ID) (*iam.Run, error) {
	return maybe(r.q.NewestRun(ctx, int64(source)))
}

// ShownRun is the run whose reading is shown, nil if none was applied yet.
func (r *Reader) ShownRun(ctx context.Context, source iam.ID) (*iam.Run, error) {
	return maybe(r.q.ShownRun(ctx, int64(source)))
}

func maybe(row db.Run, err error) (*iam.Run, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	run := runOf(row)
	return &run, nil
}

// AppliedRuns are the runs that changed the records, oldest first.
func (r *Reader) AppliedRuns(ctx context.Context) ([]iam.Run, error) {
	rows, err := r.q.RunSeqTimes(ctx)
	out := make([]iam.Run, len(rows))
	for i, row := range rows {
		out[i] = iam.Run{ID: iam.ID(row.ID), Seq: iam.Seq(row.Seq), EndedAt: row.EndedAt, SourceID: iam.ID(row.SourceID)}
	}
	return out, err
}

// FirstApplied is the Write of the source's first applied run, 0 if none.
func (r *Reader) FirstApplied(ctx context.Context, source iam.ID) (iam.Seq, error) {
	seq, err := r.q.FirstAppliedSeq(ctx, int64(source))
	return iam.Seq(seq), err
}

// Holds are the reasons why a run is held.
func (r *Reader) Holds(ctx context.Context, run iam.ID) ([]iam.HoldReason, error) {
	rows, err := r.q.ListHolds(ctx, int64(run))
	out := make([]iam.HoldReason, len(rows))
	for i, h := range rows {
		out[i] = iam.HoldReason{Rule: iam.HoldRule(h.Rule), Subject: h.Subject, Before: h.Before, After: h.After}
	}
	return out, err
}

// Skip is an entry a run could not use.
type Skip struct{ DN, Reason string }

// Skips are the first hundred entries that a run could not use.
func (r *Reader) Skips(ctx context.Context, run iam.ID) ([]Skip, error) {
	rows, err := r.q.ListSkips(ctx, int64(run))
	out := make([]Skip, len(rows))
	for i, s := range rows {
		out[i] = Skip{s.Dn, s.Reason}
	}
	return out, err
}

// LastNews is the newest run of a source that was applied and read everything or
// found something new; nil if there is none.
func (r *Reader) LastNews(ctx context.Context, source iam.ID) (*iam.Run, error) {
	row, err := r.q.LastNews(ctx, int64(source))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	run := runOf(row)
	return &run, err
}

// StartRun notes that a read has begun. It is working state: the record comes
// with the Write that ends the run.
func (s *Store) StartRun(ctx context.Context, source iam.Source, mode string) (iam.Run, error) {
	run := iam.Run{SourceID: source.ID, Mode: mode, State: iam.Reading, ConfigVersion: source.ConfigVersion, Claimed: -1, Drift: iam.NoDrift}
	err := s.Scratch(ctx, func(t *Scratch) error {
		next, err := t.q.TakeIDs(ctx, 1)
		if err != nil {
			return err
		}
		run.ID, run.StartedAt = iam.ID(next-1), t.Now
		return t.q.InsertRun(ctx, db.InsertRunParams{ID: int64(run.ID), SourceID: int64(source.ID), Mode: mode, StartedAt: t.Now, ConfigVersion: source.ConfigVersion})
	})
	s.Notices.Publish("runs", "sources")
	return run, err
}

// runDetail is what the event of a run's end keeps, so that the run's record
// can be rebuilt from the audit log.
type runDetail struct {
	Run     iam.ID `json:"run"`
	Source  iam.ID `json:"source"`
	Mode    string `json:"mode"`
	State   string `json:"state"`
	Started int64  `json:"started"`
	Config  int64  `json:"config"`
	Server  string `json:"server"`
	Read    int64  `json:"read"`
	Claimed int64  `json:"claimed"`
	Skipped int64  `json:"skipped"`
	Added   int64  `json:"added"`
	Changed int64  `json:"changed"`
	Removed int64  `json:"removed"`
	Digest  string `json:"digest,omitempty"`
	Hold    string `json:"hold,omitempty"`
	Error   string `json:"error,omitempty"`
	Note    string `json:"note,omitempty"`
	Scope   string `json:"scope,omitempty"`
	Looked  int64  `json:"looked,omitempty"` // drift and one; 0 if it was not looked for
}

// EndRun records how a run ended, whatever it was, without touching the records
// that it read.
func (t *Tx) EndRun(ctx context.Context, run iam.Run, source string, digest string, holds []iam.HoldReason) error {
	t.About("source", run.SourceID, source)
	t.About("run", run.ID, string(run.State))
	t.Touches("runs", "sources", "overview")
	if run.State == iam.Partial || run.State == iam.Interrupted {
		t.Ended(iam.Failed)
	}
	run.EndedAt, run.Seq = t.Now, t.Seq
	if err := t.q.EndRun(ctx, db.EndRunParams{
		State: string(run.State), EndedAt: run.EndedAt, Server: run.Server, Read: run.Read, Claimed: run.Claimed, Skipped: run.Skipped,
		Added: run.Added, Changed: run.Changed, Removed: run.Removed, HoldHash: run.HoldHash, Error: run.Error, Digest: digest, Cursor: run.Cursor, Note: run.Note, Mode: run.Mode, Scope: string(run.Scope), Drift: run.Drift, Seq: int64(run.Seq), ID: int64(run.ID),
	}); err != nil {
		return err
	}
	for i, h := range holds {
		if err := t.q.InsertHold(ctx, db.InsertHoldParams{RunID: int64(run.ID), Ord: int64(i), Rule: string(h.Rule), Subject: h.Subject, Before: h.Before, After: h.After}); err != nil {
			return err
		}
	}
	if err := t.q.OvertakeHeld(ctx, db.OvertakeHeldParams{SourceID: int64(run.SourceID), ID: int64(run.ID)}); err != nil {
		return err
	}
	if err := t.noticeHeld(ctx, run.SourceID); err != nil {
		return err
	}
	return t.Detail(runDetail{
		Run: run.ID, Source: run.SourceID, Mode: run.Mode, State: string(run.State), Started: run.StartedAt, Config: run.ConfigVersion, Server: run.Server, Read: run.Read, Claimed: run.Claimed,
		Skipped: run.Skipped, Added: run.Added, Changed: run.Changed, Removed: run.Removed, Digest: digest, Hold: run.HoldHash, Error: run.Error, Note: run.Note, Scope: string(run.Scope), Looked: run.Drift - iam.NoDrift,
	})
}

// SaveSkips keeps the entries that a run could not use.
func (t *Tx) SaveSkips(ctx context.Context, run iam.ID, skips []Skip) error {
	for i, s := range skips {
		if err := t.q.InsertSkip(ctx, db.InsertSkipParams{RunID: int64(run), Ord: int64(i), Dn: s.DN, Reason: s.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// Interrupted ends the runs that a crash left open, and drops what they read.
func (s *Store) Interrupted(ctx context.Context) error {
	var open []iam.Run
	if err := s.View(ctx, func(r *Reader) error {
		rows, err := r.q.RunsInState(ctx, string(iam.Reading))
		for _, row := range rows {
			open = append(open, runOf(row))
		}
		return err
	}); err != nil {
		return err
	}
	for _, run := range open {
		s.DropStaging(run.ID)
		run.State, run.Error = iam.Interrupted, "Gatehouse ended while it was reading. Nothing was changed; read again."
		if _, err := s.Write(ctx, "run.interrupt", func(t *Tx) error { return t.EndRun(ctx, run, "", "", nil) }); err != nil {
			return err
		}
	}
	return nil
}
