package backend

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/backend/iam"
)

// socket is the owner's local way in: whoever may open the data folder reaches
// it, and nobody else. On Unix it is DIR/gatehouse.sock, on Windows a named
// pipe.
type socket struct {
	dir       string
	server    *http.Server
	guests    atomic.Int64 // connections; each asks once
	lookAgain func()
	done      chan struct{}
}

func (b *Backend) openSocket() (*socket, error) {
	l, err := listenLocal(b.cfg.Dir)
	if err != nil {
		return nil, iam.Errorf(iam.Unavailable, "The local socket of the data folder %s cannot be opened.", b.cfg.Dir).By(err)
	}
	origin := b.local
	origin.Channel = "cli"
	s := &socket{dir: b.cfg.Dir, lookAgain: b.lookAgain, done: make(chan struct{})}
	s.server = &http.Server{
		Handler: b.handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return iam.WithOrigin(b.life, origin) },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.guests.Add(1)
			case http.StateClosed:
				s.guests.Add(-1)
			}
		},
	}
	go func() {
		defer close(s.done)
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			b.cfg.Log.Error("the local socket closed", "error", err)
		}
	}()
	return s, nil
}

// close lets nobody in any more and finishes with those who are in. Its own
// connection is behind all others, and a server accepts in order: once that is
// answered (RFC 9110 section 9.3.7), all have been let in. Shutdown alone would
// drop those whose request has not been read yet.
func (s *socket) close() error {
	last, err := closeLocal(s.dir)
	if last != nil {
		_ = last.SetDeadline(time.Now().Add(grace))
		_, _ = io.WriteString(last, "OPTIONS * HTTP/1.0\r\n\r\n")
		_, _ = io.Copy(io.Discard, last)
		_ = last.Close()
	}
	s.lookAgain()
	for until := time.Now().Add(grace); s.guests.Load() > 0 && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	return errors.Join(err, stop(s.server, s.done))
}

// grace is how long an answer under way may take when a way in closes.
const grace = 2 * time.Second

// stop lets answers under way finish for a moment.
func stop(server *http.Server, done <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-done
	return err
}

// answers reports whether an owner answers on the folder's socket.
func answers(dir string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := dialLocal(ctx, dir)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// Address is the base of every request through Connect's client.
const Address = "http://gatehouse"

// Connect reaches the data folder's owner as the local administrator: this
// process, if it gets the lock, else the process that has it. If that one ends
// before this one is done, this one takes its place; so an owner may be another
// command that has had its answer. The function returned is called when all has
// been asked; it waits, unless ctx ends, for what others are having read here.
func Connect(ctx context.Context, cfg Config) (*http.Client, func() error, error) {
	cfg.forOneCommand = true
	c := &command{cfg: cfg}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.Close()
	// A connection that is kept may end with its owner under a request that must
	// not be sent twice.
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
	}}
	return client, func() error { return c.leave(ctx) }, nil
}

// command works on a folder until it has had its answers: as its owner, or as
// the guest of one.
type command struct {
	cfg Config
	mu  sync.Mutex
	own *Backend // nil as long as another process owns the folder
}

// dial reaches the owner, and becomes it where there is none.
func (c *command) dial(ctx context.Context) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for asked := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := dialLocal(ctx, c.cfg.Dir)
		if err == nil || c.own != nil || ctx.Err() != nil {
			return conn, err
		}
		own, err := Open(ctx, c.cfg)
		if err != nil && (iam.KindOf(err) != iam.Conflict || time.Since(asked) > ownerPatience && !answers(c.cfg.Dir)) {
			return nil, err
		}
		c.own = own
	}
}

// ownerPatience is how long an owner may hold the folder without answering: while it
// opens a database that was not closed, or closes one.
const ownerPatience = 10 * time.Second

// leave ends the ownership, if there is one, with no guest's read under way.
func (c *command) leave(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own == nil {
		return nil
	}
	c.own.runner.Idle(ctx)
	err := c.own.socket.close()
	c.own.runner.Idle(ctx) // for what was asked for in the last moment
	return errors.Join(err, c.own.Close())
}
