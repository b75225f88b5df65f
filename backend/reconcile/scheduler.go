package reconcile

import (
	"context"
	"slices"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// lookEvery is how often the schedules are looked at when nothing happens: the
// machine may have slept, or its clock may have been set.
const lookEvery = 30 * time.Second

// KeepSchedules reads sources when their schedules ask for it and watches those
// that are live, in the name of the schedule, until Close.
func (r *Runner) KeepSchedules(ctx context.Context) {
	origin := iam.OriginOf(ctx)
	origin.Actor, origin.Channel = iam.Schedule, "system"
	ctx = iam.WithOrigin(r.life, origin)
	r.wg.Go(func() {
		epoch, seq := "", int64(0)
		for ctx.Err() == nil {
			next := r.look(ctx)
			for until := time.Now().Add(next); ; {
				var topics []string
				epoch, seq, topics = r.store.Notices.Wait(ctx, epoch, seq, time.Until(until))
				if ctx.Err() != nil || !time.Now().Before(until) || slices.ContainsFunc(topics, concernsSchedules) {
					break
				}
			}
		}
		r.watchOnly(ctx, nil)
	})
}

func concernsSchedules(topic string) bool {
	return topic == "runs" || topic == "sources" || topic == "all"
}

// scheduled is a source with its schedule and what that counts from.
type scheduled struct {
	source   iam.Source
	schedule iam.ReadSchedule
	history  store.ReadHistory
}

// look starts what is due and answers how long nothing else can come due.
func (r *Runner) look(ctx context.Context) time.Duration {
	all, err := r.scheduled(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Warn("the schedules could not be read", "error", err)
		}
		return lookEvery
	}
	now := r.store.Now()
	wait := lookEvery
	for _, x := range all {
		d := due(x.schedule, x.history, now)
		r.noteSkipped(x, now)
		switch {
		case d.At.IsZero():
		case d.At.After(now):
			wait = min(wait, d.At.Sub(now))
		case r.Busy(x.source.ID): // it is looked at again when that run has ended
		default:
			if _, err := r.Start(ctx, x.source.ID, d.Options); err != nil {
				r.log.Info("a read that was due could not start", "source", x.source.Name, "error", err)
			}
		}
	}
	r.watchOnly(ctx, slices.DeleteFunc(all, func(x scheduled) bool { return !x.schedule.Live || !isOpen(x.schedule.Windows, now) }))
	return max(wait, 10*time.Millisecond)
}

func (r *Runner) scheduled(ctx context.Context) (all []scheduled, err error) {
	err = r.store.View(ctx, func(v *store.Reader) error {
		schedules, err := v.Schedules(ctx)
		if err != nil || len(schedules) == 0 {
			return err
		}
		sources, err := v.Sources(ctx)
		for _, s := range sources {
			x := scheduled{source: s, schedule: schedules[s.ID]}
			if x.schedule.Off() {
				continue
			}
			if x.history, err = v.ReadHistory(ctx, s.ID); err != nil {
				return err
			}
			all = append(all, x)
		}
		return err
	})
	return all, err
}

// noteSkipped says once in the log that a read was not started because the one
// before it is still under way.
func (r *Runner) noteSkipped(x scheduled, now time.Time) {
	whole := x.history.Whole
	if whole == nil || whole.State != iam.Reading || r.skipped[x.source.ID] == whole.ID {
		return
	}
	if at := slot(x.schedule, notAhead(whole.StartedAt, now)); !at.IsZero() && !at.After(now) {
		r.skipped[x.source.ID] = whole.ID
		r.log.Info("a read that was due is skipped: the source is being read", "source", x.source.Name, "run", whole.ID.String())
	}
}

// Due is the schedule of a source and what it asks for next.
func (r *Runner) Due(ctx context.Context, v *store.Reader, source iam.ID) (iam.ReadSchedule, Due, error) {
	s, err := v.Schedule(ctx, source)
	if err != nil || s.Off() {
		return s, Due{}, err
	}
	h, err := v.ReadHistory(ctx, source)
	return s, due(s, h, r.store.Now()), err
}

// StartDue starts what the schedule of a source asks for now; Conflict if it
// asks for nothing.
func (r *Runner) StartDue(ctx context.Context, source iam.ID) (iam.Run, error) {
	var d Due
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		if _, err = v.Source(ctx, source); err != nil {
			return err
		}
		_, d, err = r.Due(ctx, v, source)
		return err
	}); err != nil {
		return iam.Run{}, err
	}
	if !d.Now(r.store.Now()) {
		return iam.Run{}, iam.Errorf(iam.Conflict, "Nothing is due.").Fix("Read it without asking what is due, or wait.")
	}
	return r.Start(ctx, source, d.Options)
}
