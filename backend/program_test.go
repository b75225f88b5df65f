//go:build linux

// Package backend_test proves the whole program on a real OpenLDAP server: what
// it answers, what it survives, who owns a data folder, and what it never keeps.
package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/backend"
	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// workshop is where the program is built, for as long as the tests run.
var workshop string

func TestMain(m *testing.M) {
	var err error
	if workshop, err = os.MkdirTemp("", "gatehouse"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(workshop)
	os.Exit(code)
}

// built is the path of the program, built at its first use.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workshop, "gatehouse-under-test")
	// Looked at, so that go test does not keep the result of another program.
	if err := filepath.WalkDir("../app", func(name string, _ fs.DirEntry, _ error) error {
		_, err := os.Stat(name)
		return err
	}); err != nil {
		return "", err
	}
	if out, err := exec.Command("go", "build", "-o", path, "gatehouse").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder is a data folder and the command line on it.
type folder struct {
	t        testing.TB
	dir      string
	keyFile  string // of its vault; outside the folder
	password string // a file with the reader's password
}

func newFolder(t testing.TB) folder {
	t.Helper()
	beside := t.TempDir()
	f := folder{t: t, dir: filepath.Join(beside, "data"), keyFile: filepath.Join(beside, "vault.key"), password: filepath.Join(beside, "password")}
	must(t, os.WriteFile(f.password, []byte(directorytest.ReaderPassword), 0o600))
	return f
}

// process is the program at work.
type process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	ended    chan struct{} // closed when it has
}

// start runs the program; if head is not nil, standard output goes there.
func (f folder) start(head io.Writer, args ...string) *process {
	f.t.Helper()
	path, err := built()
	must(f.t, err)
	p := &process{ended: make(chan struct{})}
	p.cmd = exec.Command(path, append([]string{"--data", f.dir, "--vault-key-file", f.keyFile}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if head != nil {
		p.cmd.Stdout = head
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // whatever becomes of the test
	must(f.t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	f.t.Cleanup(p.kill)
	return p
}

// kill ends the process without warning (SIGKILL).
func (p *process) kill() { _ = p.cmd.Process.Kill(); <-p.ended }

// code is the exit code, once the process has ended by itself. One that hangs
// says where.
func (p *process) code() int {
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.ended
	}
	return p.cmd.ProcessState.ExitCode()
}

// outcome is what a command line left.
type outcome struct {
	code     int
	out, err string
}

// run runs a command line to its end.
func (f folder) run(args ...string) outcome {
	f.t.Helper()
	p := f.start(nil, args...)
	return outcome{p.code(), p.out.String(), p.err.String()}
}

// done runs a command line that must succeed, and reads its one line of JSON.
func done[T any](f folder, args ...string) (v T) {
	f.t.Helper()
	r := f.run(append(args, "--json")...)
	if r.code != 0 {
		f.t.Fatalf("%s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		f.t.Fatalf("%s: %v: %q", strings.Join(args, " "), err, r.out)
	}
	return v
}

// connect adds the server as the source "corp", by the command line. more are
// further flags; a later flag wins.
func (f folder) connect(s *directorytest.Slapd, more ...string) {
	f.t.Helper()
	args := []string{"source", "add", "ldap", "corp", "--url", s.URL, "--base-dn", s.Suffix, "--bind-dn", s.ReaderDN, "--password-file", f.password}
	done[api.Source](f, append(args, more...)...)
}

// authorityFile holds the certificate of the server's authority.
func authorityFile(t testing.TB, s *directorytest.Slapd) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.crt")
	must(t, os.WriteFile(name, []byte(s.Authority.PEM), 0o600))
	return name
}

// syncLine is the line that sync answers; its form is a promise to scripts.
type syncLine struct {
	Source, Run, Mode, State      string
	Read, Added, Changed, Removed int64
	Claimed                       *int64
	Skipped                       int64
	Coverage, HoldHash, Error     string
}

func (l syncLine) counts() string {
	return fmt.Sprintf("%s %s: %d added, %d changed, %d removed", l.State, l.Coverage, l.Added, l.Changed, l.Removed)
}

// sync reads the source by the command line, whatever the outcome.
func (f folder) sync(more ...string) (syncLine, outcome) {
	f.t.Helper()
	r := f.run(append([]string{"sync", "corp", "--json"}, more...)...)
	var l syncLine
	if err := json.Unmarshal([]byte(r.out), &l); err != nil {
		f.t.Fatalf("sync: exit %d, %v: %q\n%s", r.code, err, r.out, r.err)
	}
	return l, r
}

// console asks the API as the pages do, over the client of a data folder's
// owner.
type console struct {
	t     testing.TB
	http  *http.Client
	close func()
}

// open makes this process the owner of the folder, or a guest of its owner,
// until close is called or the test ends.
func (f folder) open() console {
	f.t.Helper()
	client, end, err := backend.Connect(f.t.Context(), backend.Config{Dir: f.dir, KeyFile: f.keyFile, Version: "test"})
	must(f.t, err)
	c := console{t: f.t, http: client, close: sync.OnceFunc(func() {
		if err := end(); err != nil {
			f.t.Errorf("close: %v", err)
		}
	})}
	f.t.Cleanup(c.close)
	return c
}

// request sends a request and returns status and body.
func (c console) request(method, path string, body any) (int, []byte, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		in = bytes.NewReader(b)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, backend.Address+api.Root+path, in)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return answer.StatusCode, b, err
}

// fetch is a GET that must be answered; it may be called from any goroutine.
func fetch[T any](c console, path string) (v T, err error) {
	status, b, err := c.request(http.MethodGet, path, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d %s", status, b)
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		err = fmt.Errorf("GET %s: %w", path, err)
	}
	return v, err
}

func get[T any](c console, path string) T {
	c.t.Helper()
	v, err := fetch[T](c, path)
	must(c.t, err)
	return v
}

func post[T any](c console, path string, body any) (v T) {
	c.t.Helper()
	status, b, err := c.request(http.MethodPost, path, body)
	must(c.t, err)
	if status != http.StatusOK {
		c.t.Fatalf("POST %s: %d %s", path, status, b)
	}
	must(c.t, json.Unmarshal(b, &v))
	return v
}

func (c console) source() api.Source {
	c.t.Helper()
	all := get[[]api.Source](c, "/sources")
	if len(all) != 1 {
		c.t.Fatalf("%d sources", len(all))
	}
	return all[0]
}

// read reads the source now and returns the run when it is over.
func (c console) read() api.RunDetail {
	c.t.Helper()
	run := post[api.Run](c, "/sources/"+c.source().ID+"/runs", map[string]any{})
	for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if now := get[api.RunDetail](c, "/runs/"+run.ID); now.State != "reading" && now.Phase == "" {
			return now
		}
		if time.Now().After(until) {
			c.t.Fatal("the run does not end")
		}
	}
}

func outcomeOf(r api.RunDetail) string {
	return fmt.Sprintf("%s %s: %d added, %d changed, %d removed", r.State, r.Coverage, r.Added, r.Changed, r.Removed)
}

// unchanged is how a read ends that finds everything as it was.
const unchanged = "applied complete: 0 added, 0 changed, 0 removed"

// changes are what a run changed, or would, one line each: noun, operation,
// name, and for a membership the group.
func (c console) changes(run string) []string {
	c.t.Helper()
	page := get[api.Page[api.Change]](c, "/runs/"+run+"/changes?limit=500")
	if int64(len(page.Items)) != page.Total {
		c.t.Fatalf("%d of %d changes", len(page.Items), page.Total)
	}
	lines := []string{}
	for _, x := range page.Items {
		line := x.Noun + " " + x.Op + ": " + x.Name
		if x.In != "" {
			line += " in " + x.In
		}
		for _, f := range x.Fields {
			line += fmt.Sprintf("; %s %q -> %q", f.Field, f.Before, f.After)
		}
		lines = append(lines, line)
	}
	return lines
}
