package api

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/store"
)

// ScheduleDraft says when a source is to be read without anybody asking. Spans
// are in minutes, times local to the machine that reads.
type ScheduleDraft struct {
	Every           int          `json:"every" minimum:"0" doc:"Minutes between two reads; 0: not by minutes."`
	Cron            string       `json:"cron" maxLength:"100" doc:"Instead of every: minute, hour, day of the month, month, day of the week."`
	FullEvery       int          `json:"fullEvery" minimum:"0" doc:"Minutes between two reads of everything, which prove the reads of changes; 0: only by hand."`
	PrivilegedEvery int          `json:"privilegedEvery" minimum:"0" doc:"Minutes between two reads that at least ask for the members of the privileged groups; 0: not by themselves."`
	Windows         []TimeWindow `json:"windows" maxItems:"20" doc:"When a read may start by itself; none: always."`
	Live            bool         `json:"live" doc:"Read as soon as the directory says that something changed."`
}

// TimeWindow is a span of the day on some days of the week.
type TimeWindow struct {
	Days []string `json:"days" minItems:"1" maxItems:"7" enum:"sun,mon,tue,wed,thu,fri,sat"`
	From string   `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"Local time, such as 20:00."`
	To   string   `json:"to" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"If it is not after from, of the next day."`
}

// Schedule is when a source is read by itself and what comes next.
type Schedule struct {
	ScheduleDraft
	Off     bool   `json:"off"`
	SetAt   string `json:"setAt,omitempty" format:"date-time"`
	Zone    string `json:"zone" doc:"The time zone of the windows and the cron expression."`
	Next    string `json:"next,omitempty" format:"date-time" doc:"When the next read is due by time."`
	NextIs  string `json:"nextIs,omitempty" enum:"changes,full,privileged" doc:"What it will read. A source that cannot tell changes is always read in full."`
	Due     bool   `json:"due" doc:"The next read is due now."`
	Waiting string `json:"waiting,omitempty" doc:"Why it is not at its regular time."`
	Last    *Run   `json:"last,omitempty" doc:"The newest run, by itself or by hand."`
	// Watch is how live mode stands; absent if it is off, or nobody keeps the
	// schedules right now.
	Watch *LiveWatch `json:"watch,omitempty"`
}

// LiveWatch is how the watching of a source stands.
type LiveWatch struct {
	State   string `json:"state" enum:"watching,reconnecting,waiting,unsupported"`
	Since   string `json:"since" format:"date-time"`
	Because string `json:"because,omitempty"`
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// schedule is the record of a draft, refused if it cannot be kept.
func (d ScheduleDraft) schedule(now time.Time) (iam.ReadSchedule, error) {
	s := iam.ReadSchedule{Every: d.Every, Cron: d.Cron, FullEvery: d.FullEvery, PrivilegedEvery: d.PrivilegedEvery, Live: d.Live}
	for _, w := range d.Windows {
		out := iam.Window{From: minuteOf(w.From), To: minuteOf(w.To)}
		for _, day := range w.Days {
			out.Days = append(out.Days, slices.Index(weekdays, day))
		}
		slices.Sort(out.Days)
		out.Days = slices.Compact(out.Days)
		s.Windows = append(s.Windows, out)
	}
	return s, reconcile.CheckSchedule(s, now)
}

func minuteOf(clock string) int {
	var hour, minute int
	if _, err := fmt.Sscanf(clock, "%d:%d", &hour, &minute); err != nil {
		return -1
	}
	return hour*60 + minute
}

func scheduleDraft(s iam.ReadSchedule) ScheduleDraft {
	d := ScheduleDraft{Every: s.Every, Cron: s.Cron, FullEvery: s.FullEvery, PrivilegedEvery: s.PrivilegedEvery, Live: s.Live, Windows: []TimeWindow{}}
	clock := func(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
	for _, w := range s.Windows {
		out := TimeWindow{From: clock(w.From), To: clock(w.To)}
		for _, day := range w.Days {
			out.Days = append(out.Days, weekdays[day])
		}
		d.Windows = append(d.Windows, out)
	}
	return d
}

func (s *server) getSchedule(ctx context.Context, in *IDPath) (*body[Schedule], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Schedule, error) { return s.scheduleOf(ctx, r, id) })
}

func (s *server) scheduleOf(ctx context.Context, r *store.Reader, id iam.ID) (Schedule, error) {
	src, err := r.Source(ctx, id)
	if err != nil {
		return Schedule{}, err
	}
	kept, next, err := s.runner.Due(ctx, r, id)
	if err != nil {
		return Schedule{}, err
	}
	now := s.store.Now()
	v := Schedule{ScheduleDraft: scheduleDraft(kept), Off: kept.Off(), Zone: now.Format("MST -07:00"), Due: next.Now(now), Waiting: next.Waiting}
	if kept.SetAt != 0 {
		v.SetAt = stamp(kept.SetAt)
	}
	v.Next, v.NextIs = nextRead(next)
	if newest, err := r.NewestRun(ctx, id); err != nil {
		return v, err
	} else if newest != nil {
		run := s.runOf(*newest, src)
		v.Last = &run
	}
	if live, on := s.runner.Live(id); on {
		v.Watch = &LiveWatch{live.State, stamp(live.Since), live.Because}
	}
	return v, nil
}

// nextRead is when a source is read next by itself, and what.
func nextRead(next reconcile.Due) (at, what string) {
	switch {
	case next.At.IsZero():
		return "", ""
	case next.Options.Privileged:
		what = "privileged"
	case next.Options.Full:
		what = "full"
	default:
		what = "changes"
	}
	return stamp(next.At.UnixMicro()), what
}

// ChangeSchedule is a source's schedule as it is to be.
type ChangeSchedule struct {
	IDPath
	Body ScheduleDraft
}

func (s *server) changeSchedule(ctx context.Context, in *ChangeSchedule) (*body[Schedule], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.store.Write(ctx, "schedule.change", func(t *store.Tx) error {
		src, err := t.Source(ctx, id)
		if err != nil {
			return err
		}
		want, err := in.Body.schedule(s.store.Now())
		if err != nil {
			return err
		}
		before, err := t.Schedule(ctx, id)
		if err != nil {
			return err
		}
		t.About("source", id, src.Name)
		if err := t.Detail(map[string]any{"before": scheduleDraft(before), "after": scheduleDraft(want)}); err != nil {
			return err
		}
		if want.SetAt = before.SetAt; reflect.DeepEqual(want, before) {
			t.Touches("sources") // said again: an event, and no new version
			return nil
		}
		return t.PutSchedule(ctx, id, want)
	})
	if err != nil {
		return nil, err
	}
	return s.getSchedule(ctx, &in.IDPath)
}
