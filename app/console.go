package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gatehouse/app/local"
	"gatehouse/backend"
	"gatehouse/backend/api"
)

// console is the handler of every request in the window. It holds the data
// folders that are open, the operator's own and, once asked for, the demo
// company's, and answers from the one that is shown.
type console struct {
	arguments
	web fs.FS

	mu    sync.Mutex
	open  map[bool]*backend.Backend // by whether it is the demo's
	shown *face                     // nil until the first page
}

func newConsole(web fs.FS, a arguments) *console {
	return &console{arguments: a, web: web, open: map[bool]*backend.Backend{}}
}

// folder is the data folder of the demo or of the operator.
func (c *console) folder(demo bool) string {
	if demo {
		return local.DemoFolder(c.dir)
	}
	return c.dir
}

// ServeHTTP answers the window. The data folder is opened with the first page;
// if that fails the page says why, and loading it again tries again.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, err := c.face(r.Context())
	if err != nil {
		writeProblem(w, err)
		return
	}
	f.ServeHTTP(w, r)
}

// face is what the window shows.
func (c *console) face(ctx context.Context) (*face, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown == nil {
		if err := c.showFace(ctx, c.demo); err != nil {
			return nil, err
		}
	}
	return c.shown, nil
}

// openDemo makes the window show the demo company from the next page on. There
// is no link to open: the page loads itself again.
func (c *console) openDemo(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return "", c.showFace(ctx, true)
}

// showFace changes what the window shows, and opens its folder unless it is
// open. The caller holds the lock. A folder outlives the request that opened it.
func (c *console) showFace(ctx context.Context, demo bool) error {
	b := c.open[demo]
	if b == nil {
		folder := c.folder(demo)
		var err error
		b, err = backend.Open(context.WithoutCancel(ctx), backend.Config{
			Dir: folder, Demo: demo, Web: c.web, Version: local.Version, KeyFile: c.keyFile, Now: time.Now,
			Log: slog.New(slog.NewTextHandler(&logFile{dir: folder}, nil)), OpenDemo: c.openDemo,
		})
		if err != nil {
			return err
		}
		c.open[demo] = b
	}
	c.shown = newFace(b)
	return nil
}

// face is one data folder as the window sees it: the shared handler behind the
// jar that holds the window's session.
type face struct {
	startToken func(channel string) (string, error)
	jar        *jar
}

func newFace(b *backend.Backend) *face {
	return &face{startToken: b.StartToken, jar: newJar(b.Handler())}
}

// ServeHTTP starts a session before the first page and again after it expired.
// Whoever can open the data folder is its administrator, so nobody is asked.
func (f *face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isPage(r) {
		if err := f.signIn(r.Context()); err != nil {
			writeProblem(w, err)
			return
		}
	}
	f.jar.ServeHTTP(w, r)
}

func isPage(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Path == "/" || r.URL.Path == "/index.html")
}

// signIn exchanges a one-time token for a session, in process, as a browser
// does with a start link. A session that still holds is kept.
func (f *face) signIn(ctx context.Context) error {
	if a, err := f.call(ctx, http.MethodGet, "/session", nil); err != nil || a.status == http.StatusOK {
		return err
	}
	token, err := f.startToken("window")
	if err != nil {
		return err
	}
	a, err := f.call(ctx, http.MethodPost, "/session", map[string]string{"token": token})
	if err == nil && a.status >= 300 {
		err = fmt.Errorf("the window's session could not be started: %d %s", a.status, strings.TrimSpace(a.body.String()))
	}
	return err
}

// reading reports whether a source is being read, which closing would stop.
func (f *face) reading(ctx context.Context) bool {
	a, err := f.call(ctx, http.MethodGet, "/runs?limit=20", nil)
	if err != nil || a.status != http.StatusOK {
		return false
	}
	var runs api.Page[struct{ State string }]
	if json.Unmarshal(a.body.Bytes(), &runs) != nil {
		return false
	}
	for _, run := range runs.Items {
		if run.State == "reading" {
			return true
		}
	}
	return false
}

// call asks the API in the window's session.
func (f *face) call(ctx context.Context, method, path string, body any) (*answer, error) {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, api.Root+path, &content)
	if err != nil {
		return nil, err
	}
	r.Host, r.RequestURI = "wails", api.Root+path
	r.Header.Set("Content-Type", "application/json")
	a := &answer{header: http.Header{}}
	f.jar.ServeHTTP(a, r)
	return a, nil
}

// answer keeps what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status < 200 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// logFile appends to gatehouse.log in the data folder, because a window has no
// terminal. It is opened with the first line: by then the backend has made the
// folder and owns it. A full file becomes gatehouse.log.1.
type logFile struct {
	dir  string
	mu   sync.Mutex
	file *os.File
}

// logLimit is the size in bytes beyond which a log is put aside.
const logLimit = 8 << 20

func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		path := filepath.Join(l.dir, "gatehouse.log")
		if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
			os.Rename(path, path+".1")
		}
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		l.file = file
	}
	return l.file.Write(b)
}
