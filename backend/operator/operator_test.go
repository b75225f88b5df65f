package operator

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// desk is Sessions over a store, with a clock that only the test moves.
type desk struct {
	*Sessions
	t   *testing.T
	dir string
	mu  sync.Mutex
	at  time.Time
}

var ann = iam.WithOrigin(context.Background(), iam.Origin{Actor: iam.Local("ann"), OSUser: "ann", Permissions: iam.Auditor()})

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)}
	s, err := store.Open(ann, store.Options{Dir: d.dir, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.at
	}})
	d.must(err)
	t.Cleanup(func() { d.must(s.Close()) })
	d.Sessions = New(s)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(by)
}

func (d *desk) link(channel string) string {
	d.t.Helper()
	token, _, err := d.NewLink(ann, channel)
	d.must(err)
	return token
}

func (d *desk) open(channel string) string {
	d.t.Helper()
	secret, _, err := d.Start(context.Background(), d.link(channel), "127.0.0.1:5")
	d.must(err)
	return secret
}

func (d *desk) in(secret string, active bool) bool {
	d.t.Helper()
	s, err := d.Who(ann, secret, active)
	d.must(err)
	return s != nil
}

func (d *desk) events() []audit.Record {
	d.t.Helper()
	var out []audit.Record
	d.must(d.store.View(ann, func(r *store.Reader) error {
		for l, err := range r.Events(ann) {
			if err != nil {
				return err
			}
			out = append(out, l.Record)
		}
		return nil
	}))
	return out
}

// TestLink: it gives its maker's rights, once, for five minutes.
func TestLink(t *testing.T) {
	d := newDesk(t)
	token, expires, err := d.NewLink(ann, "browser")
	d.must(err)
	if life := expires.Sub(d.at); life != LinkLife || LinkLife != 5*time.Minute || len(token) < 43 {
		t.Errorf("a token of %d characters for %v", len(token), life)
	}
	if d.in(token, true) {
		t.Error("a link is a session")
	}
	secret, session, err := d.Start(context.Background(), token, "127.0.0.1:5")
	d.must(err)
	if session.Actor != iam.Local("ann") || session.OSUser != "ann" || session.Channel != "browser" || !maps.Equal(session.Permissions, iam.Auditor()) || secret == token {
		t.Errorf("%+v", session)
	}
	for name, bad := range map[string]string{"again": token, "the session's secret": secret, "nonsense": "x", "nothing": ""} {
		if _, _, err := d.Start(context.Background(), bad, "127.0.0.1:5"); iam.KindOf(err) != iam.Denied || !strings.Contains(err.Error(), "gatehouse link") {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := d.link("browser")
	d.pass(LinkLife + time.Microsecond)
	if _, _, err := d.Start(context.Background(), old, ""); iam.KindOf(err) != iam.Denied {
		t.Errorf("after five minutes: %v", err)
	}
	var told []string
	for _, e := range d.events() {
		told = append(told, e.Action+" "+string(e.Outcome)+" "+string(e.Actor)+" "+e.Address)
	}
	want := "session.start done local:ann 127.0.0.1:5," + strings.Repeat("session.start refused system 127.0.0.1:5,", 4) + "session.start refused system "
	if got := strings.Join(told, ","); got != want {
		t.Errorf("audited %s", got)
	}
}

func TestLinkRace(t *testing.T) {
	d := newDesk(t)
	token := d.link("browser")
	var won sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if secret, _, err := d.Start(context.Background(), token, ""); err == nil {
				won.Store(i, secret)
			}
		})
	}
	all.Wait()
	n := 0
	won.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("one link opened %d sessions", n)
	}
}

func TestSessionLife(t *testing.T) {
	for _, c := range []struct {
		name, channel string
		step          time.Duration // between requests
		active        bool
		lasts         time.Duration // how long it must last
	}{
		{"idle", "browser", IdleLife, true, SessionLife},
		{"a moment too long", "browser", IdleLife + time.Second, true, 0},
		{"polling only", "browser", 10 * time.Minute, false, IdleLife},
		{"never idle", "browser", 15 * time.Minute, true, SessionLife},
		{"many a minute", "browser", 20 * time.Second, true, SessionLife},
		{"a window waits", "window", 48 * time.Hour, true, 28 * 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			secret := d.open(c.channel)
			began := d.at
			for {
				d.pass(c.step)
				if d.in(secret, c.active) {
					if since := d.at.Sub(began); since > windowLife || c.channel != "window" && since > SessionLife {
						t.Fatalf("still open after %v", since)
					}
					continue
				}
				if since := d.at.Sub(began); since <= c.lasts {
					t.Errorf("over after %v, it was to last %v", since, c.lasts)
				} else if since > c.lasts+2*c.step+time.Minute {
					t.Errorf("over only after %v, it was to last %v", since, c.lasts)
				}
				// What is over stays over.
				if d.in(secret, true) {
					t.Error("and is open again")
				}
				return
			}
		})
	}
}

func TestSessionEnds(t *testing.T) {
	d := newDesk(t)
	one, two := d.open("browser"), d.open("browser")
	d.must(d.End(ann, one))
	if d.in(one, true) || !d.in(two, true) {
		t.Error("the wrong session ended")
	}
	before := len(d.events())
	d.must(d.End(ann, one))
	d.must(d.End(ann, "nonsense"))
	if len(d.events()) != before {
		t.Error("ending nothing is told as an end")
	}
}

// TestGuessing: after twenty refusals within a minute everybody waits.
func TestGuessing(t *testing.T) {
	d := newDesk(t)
	for range 20 {
		if _, _, err := d.Start(context.Background(), "guess", ""); !strings.Contains(err.Error(), "used already") {
			t.Fatal(err)
		}
	}
	good := d.link("browser")
	events := len(d.events())
	for _, token := range []string{"guess", good} {
		if _, _, err := d.Start(context.Background(), token, ""); iam.KindOf(err) != iam.Denied || !strings.Contains(err.Error(), "Too many") || !strings.Contains(err.Error(), "Wait a minute") {
			t.Errorf("%v", err)
		}
	}
	if len(d.events()) != events {
		t.Error("whoever guesses fills the log")
	}
	d.pass(61 * time.Second)
	if _, _, err := d.Start(context.Background(), good, ""); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// TestSecretsAreHashed: what lies in the folder opens nothing.
func TestSecretsAreHashed(t *testing.T) {
	d := newDesk(t)
	token := d.link("browser")
	secret := d.open("browser")
	d.in(secret, true)
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	d.must(err)
	looked := 0
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			continue // a folder
		}
		looked++
		if bytes.Contains(content, []byte(token)) || bytes.Contains(content, []byte(secret)) {
			t.Errorf("a secret is in %s", f)
		}
	}
	if looked < 2 {
		t.Errorf("only %d files were looked at", looked)
	}
}
