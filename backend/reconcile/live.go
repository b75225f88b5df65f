package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

const (
	coalesce     = 200 * time.Millisecond // changes rarely come alone
	firstRetry   = time.Second
	longestRetry = time.Minute
)

// LiveState is how the watching of a source stands.
type LiveState struct {
	State   string // watching, reconnecting, waiting, unsupported
	Since   int64  // microseconds
	Because string // why it does not watch, or why what it noticed is not read; empty if it does
}

// watch is one source that is watched.
type watch struct {
	key    string // what it was started for
	cancel context.CancelFunc
	state  LiveState // guarded by the Runner's mu
}

// errCannotWatch is that of a kind, or a server, that tells nothing by itself.
var errCannotWatch = errors.New("no watcher")

// Live is how the watching of a source stands; false if it is not live.
func (r *Runner) Live(source iam.ID) (LiveState, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.watches[source]
	if w == nil {
		return LiveState{}, false
	}
	return w.state, true
}

// watchOnly watches these sources and no others.
func (r *Runner) watchOnly(ctx context.Context, live []scheduled) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, w := range r.watches {
		if !slices.ContainsFunc(live, func(x scheduled) bool { return x.source.ID == id && w.key == watchKey(x) }) {
			w.cancel()
			delete(r.watches, id)
		}
	}
	for _, x := range live {
		if r.watches[x.source.ID] != nil || r.closed {
			continue
		}
		own, cancel := context.WithCancel(ctx)
		w := &watch{key: watchKey(x), cancel: cancel, state: LiveState{State: "waiting", Since: r.store.Now().UnixMicro()}}
		r.watches[x.source.ID] = w
		r.wg.Go(func() {
			defer cancel()
			r.keepWatching(own, w, x.source)
		})
	}
}

func watchKey(x scheduled) string { return fmt.Sprint(x.source.ConfigVersion, " ", x.schedule.SetAt) }

func (r *Runner) tellLive(w *watch, state, because string) {
	r.mu.Lock()
	same := w.state.State == state && w.state.Because == because
	if w.state.State != state {
		w.state.Since = r.store.Now().UnixMicro()
	}
	w.state.State, w.state.Because = state, because
	r.mu.Unlock()
	if !same {
		r.store.Notices.Publish("sources")
	}
}

// keepWatching connects again whenever the connection is lost.
func (r *Runner) keepWatching(ctx context.Context, w *watch, source iam.Source) {
	for pause := firstRetry; ; {
		began := time.Now()
		err := r.watchOnce(ctx, w, source)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errCannotWatch):
			r.tellLive(w, "unsupported", "This directory does not tell that something changed; it is read by the clock alone.")
			return
		}
		if time.Since(began) > longestRetry {
			pause = firstRetry
		}
		r.tellLive(w, "reconnecting", operatorText(err))
		sleep(ctx, pause)
		pause = min(2*pause, longestRetry)
	}
}

// watchOnce watches until the connection is lost.
func (r *Runner) watchOnce(ctx context.Context, w *watch, source iam.Source) error {
	since, err := r.firstCursor(ctx, w, source)
	if err != nil {
		return err
	}
	src, err := r.open(ctx, source)
	if err != nil {
		return err
	}
	watcher, can := src.(directory.Watcher)
	if !can {
		return errCannotWatch
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed, lost := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		err := watcher.Watch(ctx, since, func() {
			select {
			case changed <- struct{}{}:
			default: // one is noticed already
			}
		})
		if err == nil {
			err = iam.Errorf(iam.Unavailable, "The directory ended the connection.")
		}
		lost <- err
	}()
	defer func() {
		cancel()
		<-lost // whatever it says, nobody uses src any more
	}()
	r.tellLive(w, "watching", "")
	var again <-chan time.Time
	pause := firstRetry
	for {
		select {
		case err := <-lost:
			lost <- err
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
			sleep(ctx, coalesce)
			select {
			case <-changed:
			default:
			}
		case <-again:
		}
		again = nil
		if because := r.readChanges(ctx, source); because != "" {
			r.tellLive(w, "watching", because)
			again = time.After(pause)
			pause = min(2*pause, longestRetry)
		} else {
			r.tellLive(w, "watching", "")
			pause = firstRetry
		}
	}
}

// firstCursor waits until there is something to watch from.
func (r *Runner) firstCursor(ctx context.Context, w *watch, source iam.Source) (directory.Cursor, error) {
	epoch, seq := "", int64(0)
	for {
		var shown *iam.Run
		if err := r.store.View(ctx, func(v *store.Reader) (err error) {
			shown, err = v.ShownRun(ctx, source.ID)
			return err
		}); err != nil {
			return "", err
		}
		if since := cursorOf(source, shown); since != "" {
			return since, nil
		}
		if shown != nil && shown.ConfigVersion == source.ConfigVersion {
			return "", errCannotWatch // it was read, and told nothing to go on from
		}
		r.tellLive(w, "waiting", "It must be read completely first.")
		if epoch, seq, _ = r.store.Notices.Wait(ctx, epoch, seq, lookEvery); ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
}

// readChanges reads what changed, after whatever is being read now, and says
// why it did not; empty if it did.
func (r *Runner) readChanges(ctx context.Context, source iam.Source) string {
	var h store.ReadHistory
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		h, err = v.ReadHistory(ctx, source.ID)
		return err
	}); err != nil {
		return operatorText(err)
	}
	if n := h.Newest; n != nil && n.State == iam.Held && r.store.Now().Before(notAhead(n.EndedAt, r.store.Now()).Add(heldPatience)) {
		return "A read is held and waits for a decision."
	}
	for {
		run, err := r.Start(ctx, source.ID, Options{})
		if iam.KindOf(err) == iam.Conflict {
			r.waitUntilFree(ctx, source.ID)
			if ctx.Err() == nil {
				continue
			}
		}
		if err != nil {
			return operatorText(err)
		}
		r.Wait(ctx, run.ID)
		if err := r.store.View(ctx, func(v *store.Reader) (err error) {
			run, err = v.Run(ctx, run.ID)
			return err
		}); err != nil {
			return operatorText(err)
		}
		switch run.State {
		case iam.Applied, iam.Cancelled:
			return ""
		case iam.Held:
			return "A read is held and waits for a decision."
		}
		return run.Error
	}
}

// waitUntilFree returns when a source is not being read, or when ctx ends.
func (r *Runner) waitUntilFree(ctx context.Context, source iam.ID) {
	r.mu.Lock()
	j := r.active[source]
	r.mu.Unlock()
	if j == nil {
		return
	}
	select {
	case <-j.done:
	case <-ctx.Done():
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
