package store

import (
	"context"
	"slices"
	"sync"
	"time"
)

// renewing makes what a Write has made stale again, beside other work, so that
// who asks next finds it.
type renewing struct {
	view   func(context.Context, func(*Reader) error) error
	mu     sync.Mutex
	work   sync.WaitGroup
	wanted bool // since the work under way began
	busy   bool
	end    context.CancelFunc
	closed bool
}

// stillAsked is for how long after it was asked for a thing is made again.
const stillAsked = int64(10 * time.Minute / time.Microsecond)

// again asks for something that is kept.
type again func(context.Context, *Reader) error

type besideKey struct{}

// askedAt is now, or 0 where nobody asks: something is made beside other work.
func askedAt(ctx context.Context, r *Reader) int64 {
	if ctx.Value(besideKey{}) != nil {
		return 0
	}
	return r.Now
}

// renew makes again what is stale, soon.
func (m *memories) renew() {
	w := &m.renewing
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wanted = true; w.busy || w.closed {
		return
	}
	ctx, end := context.WithCancel(context.WithValue(context.Background(), besideKey{}, true))
	w.busy, w.end = true, end
	w.work.Go(func() {
		defer end()
		for w.next(ctx) {
			w.rest(ctx, later)
			began := time.Now()
			var all []again
			_ = w.view(ctx, func(r *Reader) error {
				all = slices.Concat(m.records.asked(r.Now), m.readings.asked(r.Now), m.findings.asked(r.Now))
				return nil
			})
			for _, ask := range all { // of the newest records each; what fails is made when it is asked for
				_ = w.view(ctx, func(r *Reader) error { return ask(ctx, r) })
			}
			w.rest(ctx, time.Since(began))
		}
	})
}

// later is how long those who look at what they have changed are let go first.
// After that, many Writes in a row leave half of one processor free.
const later = 100 * time.Millisecond

func (w *renewing) rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// next says whether there is something to do.
func (w *renewing) next(ctx context.Context) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = w.wanted && ctx.Err() == nil
	w.wanted = false
	return w.busy
}

// close ends what is made and waits for its end.
func (w *renewing) close() {
	w.mu.Lock()
	w.closed = true
	if w.end != nil {
		w.end()
	}
	w.mu.Unlock()
	w.work.Wait()
}

// asked is what somebody asked for lately; what is not forgets its stale form.
func (m *memory) asked(now int64) (out []again) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, making := range m.made {
		if making.asked > now-stillAsked {
			out = append(out, making.again)
		}
	}
	for name, s := range m.stale {
		switch {
		case s.asked > now-stillAsked:
			out = append(out, s.again)
		case s.v == nil:
			delete(m.stale, name)
		}
	}
	return out
}

// ready says whether a thing is there, or can be brought up to date. If not, it
// is made beside other work, for those who ask later.
func (t thing[T]) ready(ctx context.Context, r *Reader) (bool, error) {
	newest, err := r.newestOn(ctx, t.on)
	if err != nil {
		return false, err
	}
	m := t.on.memory(r.memory)
	m.mu.Lock()
	defer m.mu.Unlock()
	if newest < m.newest {
		return false, nil
	}
	old, known := m.stale[t.name]
	if making := m.made[t.name]; making != nil {
		known, old = true, making.stale
		if making.mu.TryLock() {
			if making.done {
				old.v = making.v
			}
			making.mu.Unlock()
		}
	}
	if !known {
		if m.stale == nil {
			m.stale = map[string]stale{}
		}
		m.stale[t.name] = stale{again: t.again, asked: r.Now}
		r.memory.renew()
	}
	return old.v != nil, nil
}
