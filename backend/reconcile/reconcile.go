package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Runner reads sources, at most one run a source at a time.
type Runner struct {
	store *store.Store
	open  func(context.Context, iam.Source) (directory.Source, error)
	log   *slog.Logger

	mu     sync.Mutex
	active map[iam.ID]*job // by source
	closed bool
	lost   map[iam.ID]bool // runs whose end could not be recorded
	wg     sync.WaitGroup

	deciding sync.Mutex // one Release at a time: the second finds what the first left
}

// New makes a Runner. open connects a source with its secret.
func New(s *store.Store, open func(context.Context, iam.Source) (directory.Source, error), log *slog.Logger) *Runner {
	return &Runner{store: s, open: open, log: log, active: map[iam.ID]*job{}, lost: map[iam.ID]bool{}}
}

// job is a run that is under way.
type job struct {
	run       iam.Run
	source    iam.Source
	preview   bool
	cancel    context.CancelCauseFunc
	cancelled atomic.Bool
	ending    atomic.Bool // its end is being recorded
	count     atomic.Int64
	phase     atomic.Value // string
	skips     []store.Skip
	done      chan struct{}
}

// Start begins to read a source and returns at once. A preview ends before
// anything is applied. A second run of the same source is refused with
// Conflict.
func (r *Runner) Start(ctx context.Context, id iam.ID, preview bool) (iam.Run, error) {
	var source iam.Source
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		source, err = v.Source(ctx, id)
		return err
	}); err != nil {
		return iam.Run{}, err
	}
	if err := r.waitForLast(ctx, source); err != nil {
		return iam.Run{}, err
	}
	defer r.mu.Unlock()
	if r.closed {
		return iam.Run{}, iam.Errorf(iam.Unavailable, "Gatehouse is closing.")
	}
	run, err := r.store.StartRun(ctx, source, "full")
	if err != nil {
		return iam.Run{}, err
	}
	origin := iam.OriginOf(ctx)
	origin.Correlation = "run-" + run.ID.String()
	work, cancel := context.WithCancelCause(iam.WithOrigin(context.WithoutCancel(ctx), origin))
	j := &job{run: run, source: source, preview: preview, cancel: cancel, done: make(chan struct{})}
	j.phase.Store("connecting")
	r.active[id] = j
	r.wg.Go(func() {
		defer cancel(nil)
		r.work(work, j)
		r.mu.Lock()
		delete(r.active, id)
		r.mu.Unlock()
		close(j.done)
		r.store.Notices.Publish("runs", "sources")
	})
	return run, nil
}

// waitForLast returns with r.mu held and no run of the source under way. One
// that is still reading is a Conflict; one whose end is being recorded is waited
// for, because whoever saw that end may start the next run at once.
func (r *Runner) waitForLast(ctx context.Context, source iam.Source) error {
	for {
		r.mu.Lock()
		j := r.active[source.ID]
		if j == nil {
			return nil
		}
		r.mu.Unlock()
		if !j.ending.Load() {
			return iam.Errorf(iam.Conflict, "%s is being read already.", source.Name).Fix("Wait for that run, or cancel it.")
		}
		select {
		case <-j.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Progress is how many entries a run has read so far and what it is doing;
// false if it is not under way.
func (r *Runner) Progress(run iam.ID) (count int64, phase string, reading bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range r.active {
		if j.run.ID == run {
			return j.count.Load(), j.phase.Load().(string), true
		}
	}
	return 0, "", false
}

// Lost reports whether a run has ended and its end could not be recorded, as on
// a full disk: its record still says that it is reading.
func (r *Runner) Lost(run iam.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost[run]
}

// Cancel stops a run that is under way. Nothing it read is applied, unless it
// was being applied already.
func (r *Runner) Cancel(run iam.ID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range r.active {
		if j.run.ID == run {
			j.cancelled.Store(true)
			j.cancel(errors.New("cancelled by an operator"))
			return nil
		}
	}
	return iam.Errorf(iam.Conflict, "This run has ended already.")
}

// Busy reports whether a source is being read.
func (r *Runner) Busy(source iam.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active[source] != nil
}

// Wait returns when a run is no longer under way.
func (r *Runner) Wait(ctx context.Context, run iam.ID) {
	r.mu.Lock()
	var done chan struct{}
	for _, j := range r.active {
		if j.run.ID == run {
			done = j.done
		}
	}
	r.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Idle returns when nothing is being read, or when ctx ends.
func (r *Runner) Idle(ctx context.Context) {
	for {
		r.mu.Lock()
		var done chan struct{}
		for _, j := range r.active {
			done = j.done
		}
		r.mu.Unlock()
		if done == nil {
			return
		}
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}

// Close cancels what is under way and waits for it.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	for _, j := range r.active {
		j.cancel(errors.New("the program is closing"))
	}
	r.mu.Unlock()
	r.wg.Wait()
}

// work does a run from the first entry to its record.
func (r *Runner) work(ctx context.Context, j *job) {
	err := r.readAndApply(ctx, j)
	if err == nil {
		return
	}
	j.ending.Store(true)
	r.store.DropStaging(j.run.ID)
	run := j.run
	run.State, run.Error = iam.Partial, operatorText(err)
	action := "run.fail"
	switch {
	case j.cancelled.Load():
		run.State, run.Error, action = iam.Cancelled, "Cancelled. Nothing was changed.", "run.cancel"
	case ctx.Err() != nil:
		run.State, run.Error, action = iam.Interrupted, "Gatehouse closed while it was reading. Nothing was changed; read again.", "run.interrupt"
	default:
		r.log.Info("a run failed", "run", run.ID.String(), "source", j.source.Name, "error", err, "cause", errors.Unwrap(err))
	}
	run.Read, run.Skipped = j.count.Load(), int64(len(j.skips))
	ctx = context.WithoutCancel(ctx)
	if _, err := r.store.Write(ctx, action, func(t *store.Tx) error {
		if err := t.SaveSkips(ctx, run.ID, firstSkips(j.skips)); err != nil {
			return err
		}
		return t.EndRun(ctx, run, j.source.Name, "", nil)
	}); err != nil {
		r.log.Error("a run's end could not be recorded", "run", run.ID.String(), "error", err)
		r.mu.Lock()
		r.lost[run.ID] = true
		r.mu.Unlock()
	}
}

func operatorText(err error) string {
	var e *iam.Error
	if errors.As(err, &e) && e.Kind != iam.Internal {
		return e.Error()
	}
	return "Gatehouse itself failed; the log says why. Nothing was changed."
}

func firstSkips(s []store.Skip) []store.Skip { return s[:min(len(s), 100)] }

func (r *Runner) readAndApply(ctx context.Context, j *job) error {
	src, err := r.open(ctx, j.source)
	if err != nil {
		return err
	}
	staging, err := r.store.NewStaging(ctx, j.run.ID)
	if err != nil {
		return err
	}
	delta, holds, err := r.readAndCompare(ctx, j, src, staging)
	if err = errors.Join(err, staging.Close()); err != nil {
		return err
	}
	j.run.Skipped = int64(len(j.skips))
	j.run.Added, j.run.Changed, j.run.Removed = delta.Total("added"), delta.Total("changed"), delta.Total("removed")
	if err := ctx.Err(); err != nil {
		return err
	}
	j.ending.Store(true)
	keep := func(t *store.Tx) error { return t.SaveSkips(ctx, j.run.ID, firstSkips(j.skips)) }
	switch {
	case j.preview || len(holds) > 0:
		j.run.State, j.run.HoldHash = iam.Held, holdHash(holds, delta.Digest)
		action := "run.hold"
		if j.preview {
			j.run.State, j.run.HoldHash, action = iam.Previewed, "", "run.preview"
		}
		_, err = r.store.Write(ctx, action, func(t *store.Tx) error {
			if err := keep(t); err != nil {
				return err
			}
			return t.EndRun(ctx, j.run, j.source.Name, delta.Digest, holds)
		})
	default:
		j.phase.Store("applying")
		j.run.State = iam.Applied
		_, err = r.store.Apply(ctx, "run.apply", j.run, j.source, delta, keep)
		if err == nil {
			r.store.DropStaging(j.run.ID)
		}
	}
	if err == nil {
		r.dropOlder(ctx, j.run)
	}
	return err
}

// dropOlder deletes what earlier runs of the source left in staging.
func (r *Runner) dropOlder(ctx context.Context, run iam.Run) {
	err := r.store.View(ctx, func(v *store.Reader) error {
		runs, _, err := v.Runs(ctx, run.SourceID, 0, 20)
		for _, old := range runs {
			if old.ID < run.ID {
				r.store.DropStaging(old.ID)
			}
		}
		return err
	})
	if err != nil {
		r.log.Warn("older readings stay in staging", "error", err)
	}
}

// readAndCompare reads the source to its end and finds what differs and what
// speaks against applying it.
func (r *Runner) readAndCompare(ctx context.Context, j *job, src directory.Source, staging *store.Staging) (store.Delta, []iam.HoldReason, error) {
	end, err := r.read(ctx, j, src, staging)
	if err != nil {
		return store.Delta{}, nil, err
	}
	j.run.Read, j.run.Claimed, j.run.Server = j.count.Load(), end.Claimed, end.Server
	j.phase.Store("comparing")
	r.store.Notices.Publish("runs")
	delta, err := staging.Finish(ctx, j.source.ID)
	if err != nil {
		return delta, nil, err
	}
	losses, err := staging.Losses(ctx, delta)
	if err != nil {
		return delta, nil, err
	}
	var shown *iam.Run
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		shown, err = v.ShownRun(ctx, j.source.ID)
		return err
	}); err != nil {
		return delta, nil, err
	}
	differs := shown != nil && shown.ConfigVersion != j.run.ConfigVersion
	return delta, brake(losses, differs), nil
}

// read streams the source into staging. It succeeds only if exactly one End
// came, as the last record.
func (r *Runner) read(ctx context.Context, j *job, src directory.Source, staging *store.Staging) (*directory.End, error) {
	var end *directory.End
	told := time.Now()
	j.phase.Store("reading")
	for rec, err := range src.Read(ctx, "") {
		if err != nil {
			return nil, err
		}
		if end != nil {
			return nil, iam.Errorf(iam.Internal, "The source went on after its end.")
		}
		switch rec := rec.(type) {
		case directory.End:
			end = &rec
			continue
		case directory.Account, directory.Entitlement:
			j.count.Add(1)
		case directory.Skipped:
			j.skips = append(j.skips, store.Skip{DN: rec.DN, Reason: rec.Reason})
		}
		if err := staging.Add(ctx, rec); err != nil {
			return nil, err
		}
		if time.Since(told) > 500*time.Millisecond {
			told = time.Now()
			r.store.Notices.Publish("runs")
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if end == nil {
		return nil, iam.Errorf(iam.Unavailable, "The source stopped answering before its end, without an error.").Fix("Read again; if it happens again, look at the server's log.")
	}
	return end, nil
}

// Release applies a held reading. The hash must be that of the list the actor
// read: a list that has changed since is not released by an old decision.
func (r *Runner) Release(ctx context.Context, id iam.ID, hash, reason string) error {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	var run iam.Run
	var source iam.Source
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		if run, err = v.Run(ctx, id); err != nil {
			return err
		}
		source, err = v.Source(ctx, run.SourceID)
		return err
	}); err != nil {
		return err
	}
	if run.State != iam.Held {
		return iam.Errorf(iam.Conflict, "This run is not held.").Fix("Look at the newest run of the source.")
	}
	if hash != run.HoldHash {
		return iam.Errorf(iam.Conflict, "The list that was read is not the list of this run.").In("holdHash").Fix("Read the list again and decide anew.")
	}
	if now := r.store.Now().UnixMicro(); now-run.EndedAt > int64(24*time.Hour/time.Microsecond) {
		return iam.Errorf(iam.Conflict, "This run was held more than a day ago; the directory may have changed since.").Fix("Read the source again.")
	}
	if r.Busy(source.ID) {
		return iam.Errorf(iam.Conflict, "%s is being read right now.", source.Name).Fix("Wait for that run.")
	}
	staging, err := r.store.OpenStaging(ctx, id)
	if err != nil {
		return err
	}
	delta, err := staging.Delta(ctx, source.ID)
	if err = errors.Join(err, staging.Close()); err != nil {
		return err
	}
	var holds []iam.HoldReason
	if err := r.store.View(ctx, func(v *store.Reader) error {
		shown, err := v.ShownRun(ctx, source.ID)
		if shown != nil {
			delta.Base = shown.Seq
		}
		if err != nil {
			return err
		}
		holds, err = v.Holds(ctx, id)
		return err
	}); err != nil {
		return err
	}
	if holdHash(holds, delta.Digest) != hash {
		return iam.Errorf(iam.Conflict, "What was read is no longer what the list says.").Fix("Read the source again.")
	}
	run.State = iam.Released
	_, err = r.store.Apply(ctx, "run.release", run, source, delta, func(t *store.Tx) error {
		t.Because(reason)
		return nil
	})
	if err == nil {
		r.store.DropStaging(id)
	}
	return err
}
