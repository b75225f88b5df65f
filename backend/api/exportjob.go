package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// exports are files in the data folder, made one or two at a time, each kept
// for an hour.
type exports struct {
	store *store.Store
	log   *slog.Logger
	life  context.Context // of the program: a file that is not finished by its end is not kept
	work  *sync.WaitGroup // what must end before the store closes
	slots chan struct{}
	mu    sync.Mutex
	kept  map[string]*export
}

// export is one file in the making, or made.
type export struct {
	path        string
	contentType string
	needs       iam.Permission // to see, fetch or end it, beside the route's own
	cancel      context.CancelFunc
	done        chan struct{} // closed at its end

	// Guarded by exports.mu.
	view  Export
	err   error
	until time.Time // zero while it is being made
}

const (
	exportLife = time.Hour
	// writingAtOnce leaves readers of the store to everybody else.
	writingAtOnce = 2
)

func newExports(s *store.Store) *exports {
	e := &exports{store: s, log: slog.Default(), life: context.Background(), work: &sync.WaitGroup{}, slots: make(chan struct{}, writingAtOnce), kept: map[string]*export{}}
	// What an earlier process left is not known to this one.
	_ = os.RemoveAll(e.dir())
	return e
}

func (e *exports) dir() string { return filepath.Join(e.store.Dir(), "exports") }

// purge deletes what has been kept long enough.
func (e *exports) purge() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, x := range e.kept {
		if !x.until.IsZero() && e.store.Now().After(x.until) {
			_ = os.Remove(x.path)
			delete(e.kept, id)
		}
	}
}

// begin makes a new file with fill, as whoever asked, and returns at once. fill
// says what it knows of the file; seal records it, and only then is it ready.
func (e *exports) begin(ctx context.Context, fileName, contentType string, needs iam.Permission,
	fill func(ctx context.Context, w io.Writer, progress func(rows int64)) (Export, error), seal func(context.Context, Export) error) (*export, error) {
	u, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(e.dir(), 0o700); err != nil {
		return nil, e.unwritable(err)
	}
	e.purge()
	work, cancel := context.WithCancel(iam.WithOrigin(e.life, iam.OriginOf(ctx)))
	x := &export{
		path: filepath.Join(e.dir(), u.String()), contentType: contentType, needs: needs, cancel: cancel, done: make(chan struct{}),
		view: Export{ID: u.String(), State: "writing", FileName: fileName},
	}
	e.mu.Lock()
	e.kept[x.view.ID] = x
	e.mu.Unlock()
	e.work.Go(func() {
		defer cancel()
		made, err := guarded(func() (Export, error) {
			made, err := e.write(work, x, fill)
			if err == nil {
				err = seal(work, made)
			}
			return made, err
		})
		e.end(work, x, made, err)
	})
	return x, nil
}

// guarded makes a panic an error: one export that cannot be made must not end
// the program for everybody.
func guarded(do func() (Export, error)) (v Export, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = iam.Errorf(iam.Internal, "Gatehouse failed; its log says why.").By(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return do()
}

func (e *exports) unwritable(err error) error {
	return iam.Errorf(iam.Unavailable, "The export cannot be written to %s.", e.dir()).Fix("Free some space, or make the folder writable, and export again.").By(err)
}

func (e *exports) write(ctx context.Context, x *export, fill func(context.Context, io.Writer, func(int64)) (Export, error)) (Export, error) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return Export{}, ctx.Err()
	}
	f, err := os.OpenFile(x.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Export{}, e.unwritable(err)
	}
	defer func() { _ = f.Close() }() // again, unless fill panicked
	out := &file{w: f}
	w := bufio.NewWriterSize(out, 64<<10)
	told := time.Now()
	made, err := fill(ctx, w, func(rows int64) {
		e.mu.Lock()
		x.view.Rows = rows
		e.mu.Unlock()
		if time.Since(told) > time.Second/2 {
			told = time.Now()
			e.store.Notices.Publish("exports")
		}
	})
	err = errors.Join(err, w.Flush(), f.Close())
	if out.err != nil {
		err = e.unwritable(out.err)
	}
	if err == nil {
		err = ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	made.ID, made.State, made.FileName, made.Bytes = x.view.ID, "ready", x.view.FileName, out.n
	return made, err
}

// file counts what was written, and remembers what could not be.
type file struct {
	w   io.Writer
	n   int64
	err error
}

func (f *file) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.n += int64(n)
	if err != nil {
		f.err = err
	}
	return n, err
}

func (e *exports) end(ctx context.Context, x *export, made Export, err error) {
	e.mu.Lock()
	x.until, x.err = e.store.Now().Add(exportLife), err
	switch {
	case err == nil:
		x.view = made
	case ctx.Err() != nil:
		x.view.State = "cancelled"
	default:
		x.view.State, x.view.Error = "failed", "Gatehouse failed; its log says why."
		problemOf(e.log, err) // says in the log what the view does not
		var known *iam.Error
		if errors.As(err, &known) {
			x.view.Error = known.Error()
		}
	}
	if err != nil {
		_ = os.Remove(x.path)
	}
	e.mu.Unlock()
	close(x.done)
	time.AfterFunc(exportLife+time.Second, e.purge) // nobody may ask again
	e.store.Notices.Publish("exports")
}

// wait returns how an export stands when it has ended, or after a while.
func (e *exports) wait(ctx context.Context, x *export, most time.Duration) Export {
	if most > 0 {
		timer := time.NewTimer(most)
		defer timer.Stop()
		select {
		case <-x.done:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return x.view
}

// drop ends an export that is being made, or deletes its file.
func (e *exports) drop(x *export) {
	x.cancel()
	<-x.done
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.view.State == "ready" {
		_ = os.Remove(x.path)
		delete(e.kept, x.view.ID)
	}
}

func (e *exports) find(id string) (*export, error) {
	e.purge()
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.kept[id]
	if !ok {
		return nil, iam.Errorf(iam.NotFound, "This export is no longer kept.").Fix("Export again; files are kept for an hour.")
	}
	return x, nil
}
