package backend

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/backend/api"
)

// bench is an open data folder with its listener on.
type bench struct {
	*Backend
	t    *testing.T
	port int
	log  *journal
	mu   sync.Mutex
	at   time.Time
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

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

func listen(t *testing.T, dir string) *bench {
	t.Helper()
	b := &bench{t: t, log: &journal{}, at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)}
	var err error
	b.Backend, err = Open(t.Context(), Config{
		Dir: dir, Listen: true, Version: "test", Now: b.now, Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Web: fstest.MapFS{"index.html": {Data: []byte("<p>__CSP_NONCE__")}, "assets/app.js": {Data: []byte("export {}")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.port = b.browser.port
	return b
}

func (b *bench) shut() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) base() string { return fmt.Sprintf("http://localhost:%d", b.port) }

// ask sends one request; header is "Name: value" lines.
func (b *bench) ask(method, path, body string, header ...string) *http.Response {
	b.t.Helper()
	r, err := http.NewRequest(method, b.base()+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	res, err := plainClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body = io.NopCloser(bytes.NewReader(text))
	return res
}

// plainClient keeps no cookies and follows nothing.
var plainClient = &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// raw sends bytes as they are and reads the status of the answer.
func (b *bench) raw(request string) int {
	b.t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", b.port))
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		b.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// token is the one-time token of a fresh start link.
func (b *bench) token() string {
	b.t.Helper()
	link, err := b.StartLink()
	if err != nil {
		b.t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		b.t.Fatal(err)
	}
	token, ok := strings.CutPrefix(u.Fragment, "t=")
	if !ok || u.RawQuery != "" || u.Path != "/boot" || u.Host != fmt.Sprintf("localhost:%d", b.port) {
		b.t.Fatalf("the start link is %s", link)
	}
	return token
}

func (b *bench) start(token string) *http.Response {
	b.t.Helper()
	return b.ask("POST", api.Root+"/session", `{"token":"`+token+`"}`)
}

// cookie opens a session and is the Cookie header of it.
func (b *bench) cookie() string {
	b.t.Helper()
	res := b.start(b.token())
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("the link is refused: %d", res.StatusCode)
	}
	c := res.Cookies()[0]
	return "Cookie: " + c.Name + "=" + c.Value
}
