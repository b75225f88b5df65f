package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

func scheduleOf(r db.Schedule) (iam.ReadSchedule, error) {
	s := iam.ReadSchedule{
		Every: int(r.Every), Cron: r.Cron, FullEvery: int(r.FullEvery), PrivilegedEvery: int(r.PrivilegedEvery), Live: r.Live == 1, SetAt: r.SetAt,
	}
	return s, json.Unmarshal([]byte(r.Windows), &s.Windows)
}

// Schedule says when a source is read by itself; the zero schedule if nobody
// ever said.
func (r *Reader) Schedule(ctx context.Context, source iam.ID) (iam.ReadSchedule, error) {
	row, err := r.q.GetSchedule(ctx, int64(source))
	if errors.Is(err, sql.ErrNoRows) {
		return iam.ReadSchedule{}, nil
	}
	if err != nil {
		return iam.ReadSchedule{}, err
	}
	return scheduleOf(row)
}

// Schedules are those of the connected sources.
func (r *Reader) Schedules(ctx context.Context) (map[iam.ID]iam.ReadSchedule, error) {
	rows, err := r.q.ListSchedules(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[iam.ID]iam.ReadSchedule, len(rows))
	for _, row := range rows {
		if out[iam.ID(row.SourceID)], err = scheduleOf(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PutSchedule replaces the schedule of a source.
func (t *Tx) PutSchedule(ctx context.Context, source iam.ID, s iam.ReadSchedule) error {
	t.Touches("sources", "overview")
	windows, err := json.Marshal(append([]iam.Window{}, s.Windows...))
	if err != nil {
		return err
	}
	if err := t.q.CloseSchedule(ctx, db.CloseScheduleParams{Seq: int64(t.Seq), Source: int64(source)}); err != nil {
		return err
	}
	live := int64(0)
	if s.Live {
		live = 1
	}
	return t.q.InsertSchedule(ctx, db.InsertScheduleParams{
		SourceID: int64(source), Since: int64(t.Seq), Every: int64(s.Every), Cron: s.Cron, FullEvery: int64(s.FullEvery), PrivilegedEvery: int64(s.PrivilegedEvery),
		Windows: string(windows), Live: live, SetAt: t.Now,
	})
}

// ReadHistory is what a schedule counts from. Previews are no part of it.
type ReadHistory struct {
	Newest, Whole, Shown, Full *iam.Run // the newest of all, of the whole source, applied, and applied in full; nil if none
	Failures                   int      // how many of the newest did not finish, in a row
	FailedAt                   int64    // when the newest of them ended; microseconds
}

// ReadHistory tells how a source was read until now.
func (r *Reader) ReadHistory(ctx context.Context, source iam.ID) (ReadHistory, error) {
	var h ReadHistory
	newest, err := r.q.NewestRuns(ctx, int64(source))
	if err != nil {
		return h, err
	}
	for _, row := range newest {
		if s := iam.RunState(row.State); s == iam.Reading {
			continue
		} else if s != iam.Partial && s != iam.Interrupted {
			break
		}
		if h.Failures++; h.Failures == 1 {
			h.FailedAt = row.EndedAt
		}
	}
	for _, x := range []struct {
		to  **iam.Run
		row func(context.Context, int64) (db.Run, error)
	}{{&h.Newest, r.q.NewestRun}, {&h.Whole, r.q.NewestWholeRun}, {&h.Shown, r.q.ShownRun}, {&h.Full, r.q.LastFullRun}} {
		if *x.to, err = maybe(x.row(ctx, int64(source))); err != nil {
			return h, err
		}
	}
	return h, nil
}
