// Package backend composes the rooms into one program: the data folder and its
// lock, the store, the vault, the kinds of directory, the services, the API,
// and the ways in.
package backend

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/user"
	"sync"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/directory"
	"gatehouse/backend/directory/demo"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
	"gatehouse/backend/operator"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

// Config is what a Backend is opened with.
type Config struct {
	Dir        string                 // the data folder; made if it does not exist
	Demo       bool                   // the folder is the demo company's own
	Web        fs.FS                  // the built front end; nil serves no pages
	Version    string                 //
	KeyFile    string                 // of the vault; empty for none
	Passphrase func() (string, error) // asks in a terminal; nil without one
	Log        *slog.Logger           // nil discards
	Now        func() time.Time       // nil for time.Now
	Listen     bool                   // open the listener for browsers, and keep it open
	OpenDemo   func(context.Context) (startLink string, err error)

	forOneCommand bool // no listener, whatever the settings say: it would end at once
}

// Backend is an open data folder. One process owns a folder at a time.
type Backend struct {
	cfg      Config
	unlock   func() error
	store    *store.Store
	vault    *vault.Vault
	runner   *reconcile.Runner
	sessions *operator.Sessions
	kinds    []directory.Kind
	company  *demo.Company // nil unless Demo
	handler  http.Handler
	browser  *listener
	socket   *socket
	local    iam.Origin // whoever may open the folder
	life     context.Context
	end      context.CancelFunc
	work     sync.WaitGroup // what goes on after an answer
}

// Open takes the folder's lock and opens what is in it. It fails with
// iam.Conflict if another process owns the folder.
func Open(ctx context.Context, cfg Config) (*Backend, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Web == nil {
		cfg.Web = noPages{}
	}
	if err := prepareFolder(cfg.Dir); err != nil {
		return nil, err
	}
	unlock, err := lockFolder(cfg.Dir)
	if err != nil {
		return nil, err
	}
	b := &Backend{cfg: cfg, unlock: unlock, local: localOrigin()}
	b.life, b.end = context.WithCancel(context.Background())
	if err := b.start(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

type noPages struct{}

func (noPages) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func localOrigin() iam.Origin {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, _ := os.Hostname()
	return iam.Origin{Actor: iam.Local(name), OSUser: name, Host: host, Channel: "system", Permissions: iam.Administrator()}
}

func (b *Backend) start(ctx context.Context) (err error) {
	if b.store, err = store.Open(ctx, store.Options{Dir: b.cfg.Dir, Now: b.cfg.Now, Log: b.cfg.Log}); err != nil {
		return err
	}
	system := b.local
	system.Actor, system.Channel = iam.System, "system"
	if err := b.store.Interrupted(iam.WithOrigin(ctx, system)); err != nil {
		return err
	}
	instance, err := b.setting(ctx, "installation")
	if err != nil {
		return err
	}
	b.vault = vault.New(b.store, vault.Options{
		Installation: instance, Owner: b.local.OSUser + " on " + b.local.Host, KeyFile: b.cfg.KeyFile, Passphrase: b.cfg.Passphrase, Keychain: vault.OSKeychain{}, Now: b.cfg.Now,
	})
	if err := b.markDemo(ctx); err != nil {
		return err
	}
	b.kinds = []directory.Kind{ldap.Kind}
	if b.cfg.Demo {
		if b.company, err = demo.Open(b.cfg.Dir, b.cfg.Now); err != nil {
			return err
		}
		b.kinds = []directory.Kind{b.company.Kind()}
	}
	b.runner = reconcile.New(b.store, b.openSource, b.cfg.Log)
	b.sessions = operator.New(b.store)
	b.browser = &listener{backend: b}
	needs := api.Needs{
		Store: b.store, Runner: b.runner, Vault: b.vault, Sessions: b.sessions, Kinds: b.kinds, Web: b.cfg.Web, Version: b.cfg.Version,
		Host: b.local.Host, Instance: instance, Listener: b.browser, OpenDemo: b.cfg.OpenDemo, Log: b.cfg.Log,
		Life: b.life, Work: &b.work,
	}
	if b.company != nil {
		needs.Demo = b.company
	}
	b.handler = api.New(needs)
	if b.company != nil {
		if err := b.tellDemo(ctx); err != nil {
			return err
		}
	}
	if b.socket, err = b.openSocket(); err != nil {
		return err
	}
	if b.cfg.forOneCommand {
		return nil
	}
	b.runner.KeepSchedules(iam.WithOrigin(ctx, b.local))
	on, err := b.setting(ctx, "listener")
	if err != nil {
		return err
	}
	if b.cfg.Listen || on == "on" {
		return b.browser.open(ctx, b.cfg.Listen)
	}
	return nil
}

func (b *Backend) setting(ctx context.Context, key string) (v string, err error) {
	err = b.store.View(ctx, func(r *store.Reader) error {
		v, err = r.Setting(ctx, key)
		return err
	})
	return v, err
}

// markDemo keeps the demo company and real data apart: a folder is one or the
// other for ever, whatever it is opened as.
func (b *Backend) markDemo(ctx context.Context) error {
	mark, err := b.setting(ctx, "demo")
	if err != nil {
		return err
	}
	if mark == "yes" {
		b.cfg.Demo = true
	}
	if !b.cfg.Demo || mark == "yes" {
		return nil
	}
	_, err = b.store.Write(iam.WithOrigin(ctx, b.local), "demo.mark", func(t *store.Tx) error {
		sources, err := t.Sources(ctx)
		if err != nil {
			return err
		}
		if len(sources) > 0 {
			return iam.Errorf(iam.Conflict, "The folder %s holds real data, so the demo company cannot be opened in it.", b.cfg.Dir).Fix("Name another folder with --data.")
		}
		return t.PutSetting(ctx, "demo", "yes")
	})
	return err
}

// openSource connects a source with the secret that the vault keeps for it.
func (b *Backend) openSource(ctx context.Context, src iam.Source) (directory.Source, error) {
	var sealed string
	if err := b.store.View(ctx, func(r *store.Reader) (err error) {
		sealed, err = r.SealedSecret(ctx, src.ID)
		return err
	}); err != nil {
		return nil, err
	}
	secret := ""
	if sealed != "" {
		var err error
		if secret, err = b.vault.Open(ctx, "sources", "secret", int64(src.ID), sealed); err != nil {
			return nil, err
		}
	}
	for _, k := range b.kinds {
		if k.Name == src.Kind {
			return k.Open(src.Config, secret)
		}
	}
	return nil, iam.Errorf(iam.Unsupported, "Sources of kind %q are not supported here.", src.Kind)
}

// tellDemo connects the demo company at its first start and reads it twice,
// yesterday's state and today's, so that there is something to have changed. If
// the program ends in between, the next start goes on.
func (b *Backend) tellDemo(ctx context.Context) error {
	told, err := b.setting(ctx, "demo.told")
	if err != nil || told == "yes" {
		return err
	}
	o := b.local
	o.Actor = iam.System
	ctx = iam.WithOrigin(ctx, o)
	src, shown, err := b.demoSource(ctx)
	if err != nil {
		return err
	}
	go func() {
		life := iam.WithOrigin(b.life, o)
		if err := b.readTwice(life, src.ID, shown); err != nil && life.Err() == nil {
			b.cfg.Log.Warn("the demo company's story could not be told", "error", err)
		}
	}()
	return nil
}

// demoSource is the demo company's source, connected if it is not yet, and the
// run of it that is shown, nil if none.
func (b *Backend) demoSource(ctx context.Context) (src iam.Source, shown *iam.Run, err error) {
	err = b.store.View(ctx, func(r *store.Reader) error {
		sources, err := r.Sources(ctx)
		if err != nil || len(sources) == 0 {
			return err
		}
		src = sources[0]
		shown, err = r.ShownRun(ctx, src.ID)
		return err
	})
	if err != nil || src.ID != 0 {
		return src, shown, err
	}
	src = iam.Source{Name: demo.SourceName, Kind: b.company.Kind().Name, Config: b.company.Config()}
	_, err = b.store.Write(ctx, "source.add", func(t *store.Tx) (err error) {
		if src.ID, err = t.NewID(ctx); err != nil {
			return err
		}
		t.About("source", src.ID, src.Name)
		if err := t.PutSetting(ctx, "organisation", "Halden"); err != nil {
			return err
		}
		return t.AddSource(ctx, src, "")
	})
	return src, nil, err
}

func (b *Backend) readTwice(ctx context.Context, source iam.ID, shown *iam.Run) error {
	if shown == nil {
		run, err := b.runner.Start(ctx, source, reconcile.Options{})
		if err != nil {
			return err
		}
		b.runner.Wait(ctx, run.ID)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := b.company.Today(); err != nil {
		return err
	}
	run, err := b.runner.Start(ctx, source, reconcile.Options{})
	if err != nil {
		return err
	}
	b.runner.Wait(ctx, run.ID)
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = b.store.Write(ctx, "demo.told", func(t *store.Tx) error { return t.PutSetting(ctx, "demo.told", "yes") })
	return err
}

// Handler is the one way to data. It expects a session's cookie.
func (b *Backend) Handler() http.Handler { return b.handler }

// StartToken makes a one-time token that POST /api/v1/session exchanges for a
// session of whoever may open the folder, within five minutes.
func (b *Backend) StartToken(channel string) (string, error) {
	token, _, err := b.sessions.NewLink(iam.WithOrigin(b.life, b.local), channel)
	return token, err
}

// Listen opens the listener for browsers.
func (b *Backend) Listen(ctx context.Context) error { return b.browser.open(ctx, true) }

// StartLink makes a link that opens a browser session once. The listener must
// be open.
func (b *Backend) StartLink() (string, error) {
	l, err := b.browser.Link(iam.WithOrigin(b.life, b.local))
	return l.URL, err
}

// lookAgain answers all who wait for notices, so that a way in can close.
func (b *Backend) lookAgain() { b.store.Notices.Publish("all") }

// Close ends runs, closes the ways in and the store, and frees the folder.
func (b *Backend) Close() error {
	var errs []error
	if b.browser != nil {
		errs = append(errs, b.browser.close())
	}
	if b.socket != nil {
		errs = append(errs, b.socket.close())
	}
	b.end() // now, so that answers under way are not cut off
	if b.runner != nil {
		b.runner.Close()
	}
	b.work.Wait()
	if b.store != nil {
		errs = append(errs, b.store.Close())
	}
	return errors.Join(append(errs, b.unlock())...)
}
