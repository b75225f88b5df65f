package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/backend/audit"
	"gatehouse/backend/directory"
	"gatehouse/backend/directory/demo"
	"gatehouse/backend/iam"
	"gatehouse/backend/operator"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

// The tests ask over HTTP, as three kinds of caller and one who may nothing.
const (
	nobody        = ""              // without a session
	guest         = "guest"         // a session that holds no permission
	auditor       = "auditor"       //
	administrator = "administrator" //
)

var permissions = map[string]iam.Permissions{guest: {}, auditor: iam.Auditor(), administrator: iam.Administrator()}

// clock is a clock that only a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// journal is a log that a test reads.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// house is a whole console behind its handler: the demo company beside a fake
// directory that a test fills.
type house struct {
	dir      string
	clock    *clock
	log      *journal
	store    *store.Store
	company  *demo.Company
	vault    *vault.Vault
	runner   *reconcile.Runner
	sessions *operator.Sessions
	browser  *fakeBrowser
	plain    *fakeDirectory
	handler  http.Handler
	cookies  map[string]string
	halden   iam.ID // the demo company's source, 0 before it was read
}

// fakeBrowser stands for the listener.
type fakeBrowser struct {
	on     bool
	forced bool
}

func (b *fakeBrowser) State() (bool, []string, bool) {
	if !b.on {
		return false, nil, false
	}
	return true, []string{"http://localhost:4711"}, b.forced
}

func (b *fakeBrowser) Turn(_ context.Context, on bool) error { b.on = on; return nil }

func (b *fakeBrowser) Link(context.Context) (StartLink, error) {
	if !b.on {
		return StartLink{}, iam.Errorf(iam.Conflict, "The listener is off.").Fix("Turn it on.")
	}
	return StartLink{URL: "http://localhost:4711/boot#t=x", ExpiresAt: "2026-03-10T14:00:00Z"}, nil
}

func openHouse(dir string) (*house, error) {
	h := &house{dir: dir, clock: &clock{at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)}, log: &journal{}, browser: &fakeBrowser{}, plain: &fakeDirectory{}, cookies: map[string]string{}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if h.store, err = store.Open(context.Background(), store.Options{Dir: dir, Now: h.clock.now, Log: log}); err != nil {
		return nil, err
	}
	if h.company, err = demo.Open(dir, h.clock.now); err != nil {
		return nil, err
	}
	h.vault = vault.New(h.store, vault.Options{Installation: "test", KeyFile: filepath.Join(dir, "vault.key"), Now: h.clock.now, Work: 4})
	h.runner = reconcile.New(h.store, h.open, log)
	h.sessions = operator.New(h.store)
	h.handler = New(Needs{
		Store: h.store, Runner: h.runner, Vault: h.vault, Sessions: h.sessions, Kinds: h.kinds(), Version: "test", Host: "test-host", Instance: "test",
		Listener: h.browser, Demo: h.company, Log: log,
		Web: fstest.MapFS{
			"index.html":    {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>`)},
			"assets/app.js": {Data: []byte("export {}")},
		},
	})
	for role, p := range permissions {
		ctx := iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Actor("operator:" + role), OSUser: role, Permissions: p})
		token, _, err := h.sessions.NewLink(ctx, "window") // so that it does not go idle between tests
		if err != nil {
			return nil, err
		}
		if h.cookies[role], _, err = h.sessions.Start(ctx, token, ""); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *house) kinds() []directory.Kind { return []directory.Kind{h.company.Kind(), h.plain.kind()} }

// open connects a source as the composition root does.
func (h *house) open(ctx context.Context, src iam.Source) (directory.Source, error) {
	var sealed, secret string
	if err := h.store.View(ctx, func(r *store.Reader) (err error) {
		sealed, err = r.SealedSecret(ctx, src.ID)
		return err
	}); err != nil {
		return nil, err
	}
	if sealed != "" {
		var err error
		if secret, err = h.vault.Open(ctx, "sources", "secret", int64(src.ID), sealed); err != nil {
			return nil, err
		}
	}
	for _, k := range h.kinds() {
		if k.Name == src.Kind {
			return k.Open(src.Config, secret)
		}
	}
	return nil, iam.Errorf(iam.Unsupported, "no such kind")
}

func (h *house) close() {
	h.runner.Close()
	if err := h.store.Close(); err != nil {
		panic(err)
	}
}

// system acts as the program itself.
func system() context.Context {
	return iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.System, Channel: "system"})
}

// readCompany connects the demo company and reads yesterday, then today.
func (h *house) readCompany() error {
	src := iam.Source{Name: demo.SourceName, Kind: "demo", Config: h.company.Config()}
	if _, err := h.store.Write(system(), "source.add", func(t *store.Tx) (err error) {
		if src.ID, err = t.NewID(system()); err != nil {
			return err
		}
		h.halden = src.ID
		return t.AddSource(system(), src, "")
	}); err != nil {
		return err
	}
	if err := h.read(src.ID); err != nil {
		return err
	}
	h.clock.pass(time.Minute)
	if err := h.company.Today(); err != nil {
		return err
	}
	return h.read(src.ID)
}

// read reads a source and expects its reading to be applied.
func (h *house) read(id iam.ID) error {
	run, err := h.runner.Start(system(), id, reconcile.Options{})
	if err != nil {
		return err
	}
	h.runner.Wait(system(), run.ID)
	return h.store.View(system(), func(r *store.Reader) error {
		run, err := r.Run(system(), run.ID)
		if err == nil && run.State != iam.Applied {
			holds, _ := r.Holds(system(), run.ID)
			return fmt.Errorf("the run is %s: %s %v", run.State, run.Error, holds)
		}
		return err
	})
}

// newHouse is a console of its own, for tests that change things.
func newHouse(t *testing.T) *house {
	t.Helper()
	h, err := openHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	return h
}

var theDemo struct {
	once sync.Once
	h    *house
	err  error
}

// demoHouse is one console on the demo company, read twice, which all tests
// share: they must only ask.
func demoHouse(t *testing.T) *house {
	t.Helper()
	theDemo.once.Do(func() {
		dir, err := os.MkdirTemp("", "gatehouse-api-")
		if err != nil {
			theDemo.err = err
			return
		}
		if theDemo.h, theDemo.err = openHouse(dir); theDemo.err == nil {
			theDemo.err = theDemo.h.readCompany()
		}
	})
	if theDemo.err != nil {
		t.Fatal(theDemo.err)
	}
	return theDemo.h
}

func TestMain(m *testing.M) {
	code := m.Run()
	if h := theDemo.h; h != nil {
		h.close()
		_ = os.RemoveAll(h.dir)
	}
	os.Exit(code)
}

// ask sends one request as somebody.
func (h *house) ask(as, method, url, body string) *httptest.ResponseRecorder {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, Root+url, content)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if as != nobody {
		r.AddCookie(&http.Cookie{Name: "gatehouse_test", Value: h.cookies[as]})
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// get asks as administrator and reads the answer.
func get[T any](t *testing.T, h *house, url string) T {
	t.Helper()
	return send[T](t, h, http.MethodGet, url, "")
}

func send[T any](t *testing.T, h *house, method, url, body string) T {
	t.Helper()
	w := h.ask(administrator, method, url, body)
	var v T
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, url, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return v
}

// events are all audit events, oldest first.
func (h *house) events(t *testing.T) []audit.Record {
	t.Helper()
	var out []audit.Record
	if err := h.store.View(context.Background(), func(r *store.Reader) error {
		for l, err := range r.Events(context.Background()) {
			if err != nil {
				return err
			}
			out = append(out, l.Record)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Scenario is one request and everything it must lead to.
type Scenario struct {
	Name     string
	Method   string
	URL      string
	Body     string
	As       string
	Status   int
	Contains []string // in the answer; one that begins with "!" must not be there
	Audited  []string // "action outcome" of every event it appends
}

func (s Scenario) run(t *testing.T, h *house) {
	t.Helper()
	before := len(h.events(t))
	w := h.ask(s.As, s.Method, s.URL, s.Body)
	if w.Code != s.Status {
		t.Errorf("%s %s as %q: %d, want %d: %s", s.Method, s.URL, s.As, w.Code, s.Status, w.Body)
	}
	for _, want := range s.Contains {
		if text, not := strings.CutPrefix(want, "!"); strings.Contains(w.Body.String(), text) == not {
			t.Errorf("%s %s: %q, want %s", s.Method, s.URL, w.Body, want)
		}
	}
	var audited []string
	for _, e := range h.events(t)[before:] {
		audited = append(audited, e.Action+" "+string(e.Outcome))
	}
	if fmt.Sprint(audited) != fmt.Sprint(s.Audited) {
		t.Errorf("%s %s as %q: audited %q, want %q", s.Method, s.URL, s.As, audited, s.Audited)
	}
	if w.Code >= 400 {
		isProblem(t, w)
	}
}

func scenarios(t *testing.T, h *house, all []Scenario) {
	t.Helper()
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) { s.run(t, h) })
	}
}

// isProblem holds every refusal to RFC 9457 and the seven kinds.
func isProblem(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("no problem object: %v: %s", err, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	if _, known := kinds[iam.Kind(p.Kind)]; !known || p.Detail == "" || p.Title == "" || p.Status != w.Code {
		t.Errorf("an incomplete problem: %s", w.Body)
	}
	return p
}

func itoa(n int) string { return fmt.Sprint(n) }
