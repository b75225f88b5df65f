//go:build linux

package backend_test

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// serve starts an owner. The start link is its first line, "" if it ended
// without one.
func (f folder) serve() (p *process, link func() string) {
	f.t.Helper()
	out, in := io.Pipe()
	p = f.start(in, "serve")
	go func() { <-p.ended; in.Close() }()
	first := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		first <- strings.TrimSuffix(line, "\n")
		_, _ = io.Copy(io.Discard, out)
	}()
	return p, func() string {
		f.t.Helper()
		select {
		case line := <-first:
			return line
		case <-time.After(30 * time.Second):
			f.t.Fatal("serve prints no first line")
			return ""
		}
	}
}

// owner starts an owner that must succeed.
func (f folder) owner() *process {
	f.t.Helper()
	p, link := f.serve()
	if line := link(); !strings.HasPrefix(line, "http://localhost:") || !strings.Contains(line, "#") {
		<-p.ended
		f.t.Fatalf("the first line of serve is %q; exit %d: %s", line, p.code(), p.err.String())
	}
	return p
}

// isRefusal reports whether a start was refused because of another owner, in
// words.
func isRefusal(p *process, link string) bool {
	return p.code() == 1 && link == "" && strings.Contains(p.err.String(), "Another Gatehouse process owns the data folder")
}

// One process owns a data folder. The command line works beside it, with it and
// without it.
func TestOneProcessOwnsAFolder(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 100, Groups: 20, Extra: office}.WriteFile})
	want := truthOf(t, slapd)
	f := newFolder(t)
	socket := filepath.Join(f.dir, "gatehouse.sock")
	f.connect(slapd)
	if line, r := f.sync(); r.code != 0 {
		t.Fatalf("exit %d: %+v", r.code, line)
	}
	// five runs five commands at once, and all of them must answer.
	five := func(t *testing.T) {
		t.Helper()
		var wg sync.WaitGroup
		for _, login := range []string{"ada", "bob", "eve", "kim", "u000001"} {
			wg.Go(func() {
				p := f.start(nil, "access", login, "--json")
				if code := p.code(); code != 0 {
					t.Errorf("access %s: exit %d\n%s", login, code, p.err.String())
					return
				}
				if err := decodeAccess(want, login, p.out.Bytes()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}

	t.Run("the command line beside an owner", func(t *testing.T) {
		p := f.owner()
		second, link := f.serve()
		if !isRefusal(second, link()) {
			t.Errorf("a second serve: exit %d: %s", second.code(), second.err.String())
		}
		for range 3 {
			five(t)
		}
		slapd.Modify("dn: uid=ada,ou=office,dc=demo,dc=example\nchangetype: modify\nreplace: title\ntitle: Captain\n")
		if line, r := f.sync(); r.code != 0 || line.Changed != 1 {
			t.Errorf("sync beside the owner: exit %d: %+v", r.code, line)
		}
		if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the socket: %v %v", info, err)
		}
		if info, err := os.Stat(f.dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the folder: %v %v", info, err)
		}
		must(t, p.cmd.Process.Signal(syscall.SIGTERM))
		if code := p.code(); code != 0 {
			t.Errorf("a stopped owner: exit %d: %s", code, p.err.String())
		}
	})
	t.Run("five commands at once without an owner", func(t *testing.T) {
		for range 6 {
			five(t)
		}
	})
	t.Run("a read and questions at once without an owner", func(t *testing.T) {
		for range 3 {
			var wg sync.WaitGroup
			wg.Go(func() {
				if line, r := f.sync(); r.code != 0 || line.counts() != unchanged {
					t.Errorf("exit %d: %+v\n%s", r.code, line, r.err)
				}
			})
			five(t)
			wg.Wait()
		}
	})
	t.Run("an owner that is killed frees the folder at once", func(t *testing.T) {
		for range 3 {
			f.owner().kill()
			if _, err := os.Stat(socket); err != nil {
				t.Errorf("a killed owner leaves its socket: %v", err)
			}
			f.owner().kill()
			five(t) // the socket that was left behind leads nowhere, and does not matter
		}
	})
	t.Run("of two that start at the same instant one owns", func(t *testing.T) {
		for round := range 10 {
			a, linkA := f.serve()
			b, linkB := f.serve()
			first, second := linkA(), linkB()
			owner, other, none := a, b, second
			if first == "" {
				owner, other, none = b, a, first
			}
			if (first == "") == (second == "") || !isRefusal(other, none) {
				t.Errorf("round %d: first lines %q and %q; the other: exit %d %s", round, first, second, other.code(), other.err.String())
			}
			five(t)
			if round%2 == 0 {
				owner.kill()
			} else {
				must(t, owner.cmd.Process.Signal(syscall.SIGTERM))
				if code := owner.code(); code != 0 {
					t.Errorf("round %d: exit %d: %s", round, code, owner.err.String())
				}
			}
		}
	})
	t.Run("and after all that the data are whole", func(t *testing.T) {
		c := f.open()
		everyAccount(t, c, want)
		if v := post[api.AuditVerdict](c, "/audit/verify", map[string]string{}); !v.OK {
			t.Errorf("audit: %+v", v)
		}
	})
}
