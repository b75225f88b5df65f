package backend

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"gatehouse/backend/iam"
)

// socket is the owner's local way in: whoever may open the data folder reaches
// it, and nobody else. On Unix it is DIR/gatehouse.sock, on Windows a named
// pipe.
type socket struct {
	dir    string
	server *http.Server
	done   chan struct{}
}

func (b *Backend) openSocket() (*socket, error) {
	l, err := listenLocal(b.cfg.Dir)
	if err != nil {
		return nil, iam.Errorf(iam.Unavailable, "The local socket of the data folder %s cannot be opened.", b.cfg.Dir).By(err)
	}
	origin := b.local
	origin.Channel = "cli"
	s := &socket{dir: b.cfg.Dir, done: make(chan struct{}), server: &http.Server{
		Handler: b.handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return iam.WithOrigin(b.life, origin) },
	}}
	go func() {
		defer close(s.done)
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			b.cfg.Log.Error("the local socket closed", "error", err)
		}
	}()
	return s, nil
}

func (s *socket) close() error {
	err := stop(s.server, s.done)
	return errors.Join(err, removeLocal(s.dir))
}

// stop lets answers under way finish for a moment.
func stop(server *http.Server, done <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
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
// process, if it gets the lock, else the process that has it.
func Connect(ctx context.Context, cfg Config) (*http.Client, func() error, error) {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialLocal(ctx, cfg.Dir) },
	}}
	cfg.forOneCommand = true
	b, err := Open(ctx, cfg)
	if err == nil {
		return client, func() error {
			client.CloseIdleConnections()
			return b.Close()
		}, nil
	}
	if iam.KindOf(err) == iam.Conflict && answers(cfg.Dir) {
		return client, func() error { client.CloseIdleConnections(); return nil }, nil
	}
	return nil, nil, err
}
