package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

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

	life    context.Context // until Close
	end     context.CancelFunc
	watches map[iam.ID]*watch // by source
	skipped map[iam.ID]iam.ID // by source the run that a due read was skipped for; of the scheduler alone

	deciding sync.Mutex // one Release at a time: the second finds what the first left
}

// New makes a Runner. open connects a source with its secret.
func New(s *store.Store, open func(context.Context, iam.Source) (directory.Source, error), log *slog.Logger) *Runner {
	r := &Runner{
		store: s, open: open, log: log,
		active: map[iam.ID]*job{}, lost: map[iam.ID]bool{}, watches: map[iam.ID]*watch{}, skipped: map[iam.ID]iam.ID{},
	}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// Options say what a run is for.
type Options struct {
	Preview    bool // end before anything is applied
	Full       bool // read everything, even where changes alone could be read
	Privileged bool // read the privileged groups anew, and nothing else
}

// job is the reading of a source that is under way: one run, or a read of
// changes and the full read that proves it.
type job struct {
	source    iam.Source
	parts     []*part
	cancel    context.CancelCauseFunc
	cancelled atomic.Bool
	ending    atomic.Bool // the end of its last part is being recorded
	done      chan struct{}
}

func (j *job) part(run iam.ID) *part {
	for _, p := range j.parts {
		if p.id == run {
			return p
		}
	}
	return nil
}

// part is one run of a job.
type part struct {
	id      iam.ID
	run     iam.Run
	options Options
	proves  bool         // a full read right after the changes were read
	count   atomic.Int64 // entries of the source's answer, without those it is asked for again
	objects int64        // accounts and entitlements of the answer, also those that are only named or listed
	named   int64        // of these, those that are no entries of their own
	listed  int64        // of these, those that are only said to be there
	gone    int64        // entries of the answer that are told to be gone
	phase   atomic.Value // string; empty before and after
	skips   []store.Skip
}

// Start begins to read a source and returns at once. It reads the changes since
// the run that is shown, if the kind can tell them. A full read is preceded by
// a read of changes, a run of its own, and finds what such reads had missed. A
// second run of the same source is refused with Conflict.
func (r *Runner) Start(ctx context.Context, id iam.ID, o Options) (iam.Run, error) {
	var source iam.Source
	var shown *iam.Run
	look := func(v *store.Reader) (err error) {
		if source, err = v.Source(ctx, id); err != nil {
			return err
		}
		shown, err = v.ShownRun(ctx, id)
		return err
	}
	if err := r.store.View(ctx, look); err != nil {
		return iam.Run{}, err
	}
	if err := r.waitForLast(ctx, source); err != nil {
		return iam.Run{}, err
	}
	defer r.mu.Unlock()
	if r.closed {
		return iam.Run{}, iam.Errorf(iam.Unavailable, "Gatehouse is closing.")
	}
	if err := r.store.View(ctx, look); err != nil { // the last run may have been applied meanwhile
		return iam.Run{}, err
	}
	todo := []Options{o}
	if o.Full && !o.Preview && cursorOf(source, shown) != "" {
		todo = []Options{{}, o}
	}
	j := &job{source: source, done: make(chan struct{})}
	for i, o := range todo {
		mode := "incremental"
		if o.Full || cursorOf(source, shown) == "" {
			mode = "full"
		}
		run, err := r.store.StartRun(ctx, source, mode)
		if err != nil {
			return iam.Run{}, err
		}
		p := &part{id: run.ID, run: run, options: o, proves: i > 0}
		p.phase.Store("connecting")
		if i > 0 {
			p.phase.Store("waiting")
		}
		j.parts = append(j.parts, p)
	}
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	j.cancel = cancel
	r.active[id] = j
	last := j.parts[len(j.parts)-1].run
	r.wg.Go(func() {
		defer cancel(nil)
		r.do(work, j)
		r.mu.Lock()
		delete(r.active, id)
		r.mu.Unlock()
		close(j.done)
		r.store.Notices.Publish("runs", "sources")
	})
	return last, nil
}

// do does the runs of a job one after the other.
func (r *Runner) do(ctx context.Context, j *job) {
	for i, p := range j.parts {
		origin := iam.OriginOf(ctx)
		origin.Correlation = "run-" + p.id.String()
		p.phase.Store("connecting")
		r.work(iam.WithOrigin(ctx, origin), j, p)
		p.phase.Store("")
		if next := i + 1; next < len(j.parts) && (p.run.State != iam.Applied || p.run.Mode != "incremental") {
			j.parts[next].proves = false
		}
	}
}

// cursorOf is how far the run that is shown got, empty if everything must be
// read: at first, after the source's settings changed, and where the kind cannot
// tell changes.
func cursorOf(source iam.Source, shown *iam.Run) directory.Cursor {
	if shown == nil || shown.ConfigVersion != source.ConfigVersion {
		return ""
	}
	return directory.Cursor(shown.Cursor)
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
		if p := j.part(run); p != nil {
			phase := p.phase.Load().(string)
			return p.count.Load(), phase, phase != ""
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
		if j.part(run) != nil {
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
		if j.part(run) != nil {
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
	r.end()
	r.wg.Wait()
}
