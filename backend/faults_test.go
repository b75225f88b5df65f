//go:build linux

package backend_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// line is the wire to a server: a proxy that counts what the server answers and
// can let something happen after any byte of it.
type line struct {
	address string
	mu      sync.Mutex
	passed  int64  // bytes of answers
	after   int64  // -1: never
	happen  func() // then
	cut     bool   // the connection ends at that byte, in good order
	piece   int    // bytes passed on at once
	pause   time.Duration
}

// wire runs a line to the address until the test ends.
func wire(t testing.TB, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &line{address: l.Addr().String(), after: -1, piece: 16 << 10}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer client.Close()
				server, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer server.Close()
				wg.Go(func() { _, _ = io.Copy(server, client); server.Close() })
				w.carry(client, server)
			})
		}
	})
	return w
}

func (w *line) carry(client io.Writer, server io.Reader) {
	buf := make([]byte, 16<<10)
	for {
		w.mu.Lock()
		piece, pause := w.piece, w.pause
		w.mu.Unlock()
		time.Sleep(pause)
		n, err := server.Read(buf[:piece])
		w.mu.Lock()
		end := false
		if w.after >= 0 && w.passed+int64(n) > w.after {
			if end = w.cut; end {
				n = int(w.after - w.passed)
			}
			w.after = -1
			if w.happen != nil {
				w.happen()
			}
		}
		w.passed += int64(n)
		w.mu.Unlock()
		if _, failed := client.Write(buf[:n]); failed != nil || err != nil || end {
			return
		}
	}
}

// once arms the line: after so many bytes from now on something happens.
func (w *line) once(after int64, cut bool, happen func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed, w.after, w.cut, w.happen = 0, after, cut, happen
}

// slow passes on so many bytes at a time, after a pause each.
func (w *line) slow(piece int, pause time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.piece, w.pause = piece, pause
}

func (w *line) count() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed
}

// A read that does not reach its end changes nothing, whatever ended it; and
// the next one is right.
func TestAReadThatBreaksOffChangesNothing(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 1000, Groups: 60, Memberships: 2000, Extra: office}.WriteFile})
	w := wire(t, strings.TrimPrefix(slapd.URL, "ldap://"))
	f := newFolder(t)
	f.connect(slapd, "--url", "ldap://"+w.address, "--timeout", "1", "--page-size", "200")

	t.Run("the first read of all", func(t *testing.T) {
		w.once(100_000, true, nil)
		line, r := f.sync()
		if r.code != 1 || line.State != "partial" || line.Coverage != "partial" || line.Error == "" {
			t.Errorf("exit %d: %+v", r.code, line)
		}
		c := f.open()
		defer c.close()
		if s := c.source(); s.Status != "partial" || s.LastComplete != nil || s.Accounts != 0 {
			t.Errorf("after a first read that broke off: %s, %d accounts", s.Status, s.Accounts)
		}
	})

	w.once(-1, false, nil)
	if line, r := f.sync(); r.code != 0 || line.counts() == unchanged || line.Coverage != "complete" {
		t.Fatalf("exit %d: %+v", r.code, line)
	}
	whole := w.count()
	if whole < 300_000 {
		t.Fatalf("a whole read is %d bytes", whole)
	}

	step := 0
	for _, fault := range []struct {
		name string
		cut  bool
		act  func()
		mend func()
		says string
	}{
		{"slapd is killed", false, slapd.Kill, slapd.Restart, "connection"},
		{"slapd stands still", false, slapd.Freeze, slapd.Thaw, "did not answer within 1s"},
		{"the stream ends silently", true, func() {}, func() {}, "connection"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			for _, part := range []int64{2, 50, 80} { // percent of the way
				// What the broken read may have seen of a change must not show.
				step++
				slapd.Modify(fmt.Sprintf("dn: uid=new%d,ou=office,dc=demo,dc=example\nchangetype: add\nobjectClass: inetOrgPerson\nuid: new%d\ncn: New\nsn: New\n\n", step, step) +
					fmt.Sprintf("dn: %s\nchangetype: delete\n", directorytest.Company{Users: 1000}.UserDN(100+step)))
				before := f.rows()
				w.once(whole*part/100, fault.cut, fault.act)
				line, r := f.sync()
				fault.mend()
				if r.code != 1 || line.State != "partial" || line.Coverage != "partial" || !strings.Contains(line.Error, fault.says) || line.Added+line.Changed+line.Removed != 0 {
					t.Errorf("at %d %%: exit %d: %+v", part, r.code, line)
				}
				wantLines(t, fmt.Sprintf("tables that grew at %d %%", part), grown(before, f.rows()), "event_details +1", "event_objects +2", "events +1", "runs +1")
				if left, err := os.ReadDir(filepath.Join(f.dir, "staging")); err != nil || len(left) > 0 {
					t.Errorf("staging holds %v %v", left, err)
				}
				if line, r := f.sync(); r.code != 0 || line.Coverage != "complete" || line.Added != 1 || line.Removed < 1 || line.Removed > 12 {
					t.Errorf("the next read after %d %%: exit %d: %+v", part, r.code, line)
				}
			}
		})
	}

	t.Run("whatever the byte", func(t *testing.T) {
		c := f.open()
		defer c.close()
		before := f.rows()
		const cuts = 12
		for i := range int64(cuts) {
			w.once(i*whole/cuts+i, true, nil)
			if run := c.read(); run.State != "partial" || run.Coverage != "partial" {
				t.Errorf("cut after %d bytes of %d: %s", i*whole/cuts+i, whole, outcomeOf(run))
			}
		}
		wantLines(t, "tables that grew", slices.DeleteFunc(grown(before, f.rows()), func(s string) bool { return strings.HasPrefix(s, "event") }), fmt.Sprintf("runs +%d", cuts))
		if run := c.read(); outcomeOf(run) != unchanged {
			t.Errorf("the read after them: %s", outcomeOf(run))
		}
	})

	t.Run("in the end all is as in the directory", func(t *testing.T) {
		want := truthOf(t, slapd)
		c := f.open()
		everyAccount(t, c, want)
		if s := c.source(); s.Accounts != int64(len(want.accounts)) || s.Groups != int64(len(want.names)) || s.Status != "complete" {
			t.Errorf("%s: %d accounts, %d groups", s.Status, s.Accounts, s.Groups)
		}
		if v := c.verify(); !v.OK {
			t.Errorf("audit: %+v", v)
		}
	})
}

// verify checks the whole audit log.
func (c console) verify() api.AuditVerdict {
	c.t.Helper()
	return post[api.AuditVerdict](c, "/audit/verify", map[string]string{})
}
