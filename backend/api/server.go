// Package api is the one way to data: routes with permissions over the store
// and the services, and the shell of the front end.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/mfa"
	"gatehouse/backend/operator"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/review"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

// Needs is what the API stands on.
type Needs struct {
	Store    *store.Store
	Runner   *reconcile.Runner
	Vault    *vault.Vault
	Sessions *operator.Sessions
	Kinds    []directory.Kind
	Web      fs.FS // the built front end; may hold nothing but .gitkeep
	Version  string
	Host     string // this computer's name, for the audit log
	Instance string // names the cookie
	Listener Browser
	Demo     Demo // nil unless this is the demo company
	OpenDemo func(context.Context) (startLink string, err error)
	Log      *slog.Logger
	// Life ends with the program, and Work is waited for after it: exports that
	// are being written. Nil: they live as long as the process.
	Life context.Context
	Work *sync.WaitGroup
}

// Browser is the listener that a browser reaches the console through.
type Browser interface {
	State() (on bool, addresses []string, forced bool)
	Turn(ctx context.Context, on bool) error
	Link(ctx context.Context) (StartLink, error)
}

// Demo is the demo company's own directory.
type Demo interface {
	Reset() error
	Today() error
}

type server struct {
	store    *store.Store
	runner   *reconcile.Runner
	vault    *vault.Vault
	factors  *mfa.Factors
	sessions *operator.Sessions
	kinds    []directory.Kind
	web      fs.FS
	version  string
	host     string
	cookie   string
	listener Browser
	demo     Demo
	openTour func(context.Context) (string, error)
	log      *slog.Logger
	exports  *exports
	files    *files
	reviews  *review.Memory
}

// New makes the handler that the window, the socket and the listener share.
func New(n Needs) http.Handler {
	s := &server{
		store: n.Store, runner: n.Runner, vault: n.Vault, factors: mfa.New(n.Store, n.Vault), sessions: n.Sessions, kinds: n.Kinds, web: n.Web, version: n.Version,
		host: n.Host, cookie: "gatehouse_" + n.Instance, listener: n.Listener, demo: n.Demo, openTour: n.OpenDemo, log: n.Log,
		exports: newExports(n.Store), files: newFiles(n.Store, n.Log), reviews: review.NewMemory(),
	}
	s.exports.log = n.Log
	if n.Life != nil {
		s.exports.life, s.exports.work = n.Life, n.Work
	}
	mux := http.NewServeMux()
	s.register(mux, n.Version, s.guard)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"title":"Not found","status":404,"kind":"notFound","detail":"There is no such route."}`))
	})
	mux.Handle("/", s.shell())
	return secured(mux)
}

func (s *server) kind(name iam.SourceKind) (directory.Kind, error) {
	for _, k := range s.kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return directory.Kind{}, iam.Errorf(iam.Unsupported, "Sources of kind %q are not supported.", name).In("kind")
}

// none is an empty request or answer; body is one with only a body.
type none struct{}

type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// view answers from one snapshot.
func view[T any](ctx context.Context, s *server, fn func(*store.Reader) (T, error)) (*body[T], error) {
	var v T
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		v, err = fn(r)
		return err
	})
	return answer(v, err)
}
