//go:build linux

package backend_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend"
	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// desk is a help desk at the demo company: a data folder that this process
// owns, a clock that only the test moves, and a session.
type desk struct {
	t       testing.TB
	dir     string
	keyFile string // of the vault; empty for none
	clock   *deskClock
	log     *bytes.Buffer
	backend *backend.Backend
	cookie  *http.Cookie
}

type deskClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *deskClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *deskClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// opened opens a folder, with no keychain to be had.
func opened(t testing.TB, dir, keyFile string, clock *deskClock) *desk {
	t.Helper()
	d := &desk{t: t, dir: dir, keyFile: keyFile, clock: clock, log: &bytes.Buffer{}}
	var err error
	d.backend, err = backend.Open(t.Context(), backend.Config{
		Dir: dir, Demo: true, Version: "test", KeyFile: keyFile, Now: clock.now,
		Log: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	must(t, err)
	t.Cleanup(d.shut)
	d.cookie = d.session()
	return d
}

func (d *desk) shut() {
	if d.backend != nil {
		must(d.t, d.backend.Close())
		d.backend = nil
	}
}

// session signs one more operator in.
func (d *desk) session() *http.Cookie {
	d.t.Helper()
	token, err := d.backend.StartToken("window")
	must(d.t, err)
	w := d.send(nil, http.MethodPost, "/session", map[string]string{"token": token})
	if cookies := w.Result().Cookies(); w.Code == http.StatusOK && len(cookies) == 1 {
		return cookies[0]
	}
	d.t.Fatalf("no session: %d %s", w.Code, w.Body)
	return nil
}

// send asks as a session; it may be called from any goroutine.
func (d *desk) send(as *http.Cookie, method, path string, body any) *httptest.ResponseRecorder {
	var content io.Reader
	if body != nil {
		b, _ := json.Marshal(body)
		content = bytes.NewReader(b)
	}
	r := httptest.NewRequest(method, api.Root+path, content)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if as != nil {
		r.AddCookie(as)
	}
	w := httptest.NewRecorder()
	d.backend.Handler().ServeHTTP(w, r)
	return w
}

// told is an answer that must be there.
func told[T any](d *desk, method, path string, body any) (v T) {
	d.t.Helper()
	w := d.send(d.cookie, method, path, body)
	if w.Code != http.StatusOK {
		d.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	must(d.t, json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

// person is the identity with a login.
func (d *desk) person(login string) string {
	d.t.Helper()
	for _, i := range told[api.Page[api.IdentityRow]](d, http.MethodGet, "/identities?q="+login, nil).Items {
		if i.Login == login {
			return i.ID
		}
	}
	d.t.Fatalf("nobody has the login %s", login)
	return ""
}

func (d *desk) enrol(person, name, replaces string) api.Enrolment {
	d.t.Helper()
	return told[api.Enrolment](d, http.MethodPost, "/identities/"+person+"/factors", map[string]string{"name": name, "replaces": replaces})
}

// enrolled is a factor that is proven, some time ago.
func (d *desk) enrolled(person, name string) (api.Enrolment, *generator) {
	d.t.Helper()
	e := d.enrol(person, name, "")
	g := newGenerator(d.t, e.Key)
	told[api.Factor](d, http.MethodPost, "/factors/"+e.Factor.ID+"/prove", map[string]string{"code": g.at(d.clock.now())})
	d.clock.pass(10 * step)
	return e, g
}

func (d *desk) verify(person, code string) api.Verification {
	d.t.Helper()
	return told[api.Verification](d, http.MethodPost, "/identities/"+person+"/verify", map[string]string{"code": code})
}

// expect verifies a code and says what it must come to: a word of why not, or
// empty.
func (d *desk) expect(person, code, why string) api.Verification {
	d.t.Helper()
	v := d.verify(person, code)
	if v.Why != why || v.Verified != (why == "") || v.Text == "" || v.Event == 0 {
		d.t.Errorf("verified: %+v, want %q", v, why)
	}
	return v
}

const step = 30 * time.Second

// generator makes codes with a program that shares no line with ours.
type generator struct {
	t     testing.TB
	key   string
	shown map[int64]string // by time step, what the program said already
}

func newGenerator(t testing.TB, key string) *generator {
	return &generator{t, key, map[int64]string{}}
}

// at is the code that oathtool shows at a time. It is asked for some hours at
// once, because starting it takes longest.
func (g *generator) at(t time.Time) string {
	g.t.Helper()
	now := t.Unix() / 30
	if g.shown[now] == "" {
		from := t.UTC().Add(-3 * step).Format("2006-01-02 15:04:05 UTC")
		for i, code := range strings.Fields(run(g.t, g.key, "oathtool", "--totp", "--base32", "--window=480", "--now", from, "-")) {
			g.shown[now-3+int64(i)] = code
		}
	}
	return g.shown[now]
}

// byHand are codes by Python's hmac, for so many steps.
func (g *generator) byHand(from time.Time, steps int) []string {
	g.t.Helper()
	const script = `
import base64, hmac, struct, sys
key = base64.b32decode(sys.stdin.read().strip())
for step in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
    mac = hmac.new(key, struct.pack(">Q", step), "sha1").digest()
    at = mac[-1] & 15
    print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
`
	return strings.Fields(run(g.t, g.key, "python3", "-c", script, strconv.FormatInt(from.Unix()/30, 10), strconv.Itoa(steps)))
}

// run gives a program its input and returns its output.
func run(t testing.TB, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, complaints.String())
	}
	return string(out)
}

// wrong is a code that a factor does not show now, nor near it.
func (g *generator) wrong(now time.Time) string {
	g.t.Helper()
	var near []string
	for n := -3; n <= 3; n++ {
		near = append(near, g.at(now.Add(time.Duration(n)*step)))
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !slices.Contains(near, code) {
			return code
		}
	}
}

var demoFolder struct {
	once sync.Once
	dir  string
	at   time.Time
}

// helpDesk is a copy of a folder with the demo company read twice, made once.
func helpDesk(t *testing.T) *desk {
	t.Helper()
	directorytest.Need(t, "oathtool", "python3")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/dev/null") // no keychain
	demoFolder.once.Do(func() {
		clock := &deskClock{at: time.Date(2026, 3, 10, 13, 51, 0, 0, time.UTC)}
		dir := filepath.Join(workshop, "demo-company")
		d := opened(t, dir, "", clock)
		for until := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			runs := told[api.Page[api.Run]](d, http.MethodGet, "/runs", nil).Items
			if len(runs) == 2 && runs[0].State == "applied" && runs[1].State == "applied" {
				break
			}
			if time.Now().After(until) {
				t.Fatal("the demo company is not read")
			}
			clock.pass(time.Second)
		}
		d.shut()
		demoFolder.dir, demoFolder.at = dir, clock.now()
	})
	return opened(t, copied(t, demoFolder.dir), filepath.Join(t.TempDir(), "vault.key"), &deskClock{at: demoFolder.at.Add(time.Hour)})
}

var phoneFolder struct {
	once         sync.Once
	dir, keyFile string
	at           time.Time
	devika       string
	enrolment    api.Enrolment
}

// deskWithPhone is a help desk where Devika has a factor that was proven some
// time ago. It is a copy of one made once, because recovery codes take long to
// hash.
func deskWithPhone(t *testing.T) (d *desk, devika string, e api.Enrolment, g *generator) {
	t.Helper()
	made := &phoneFolder
	made.once.Do(func() {
		d := helpDesk(t)
		made.devika = d.person("dpatel")
		made.enrolment, _ = d.enrolled(made.devika, "Fairphone, private")
		d.shut()
		made.at, made.dir, made.keyFile = d.clock.now(), filepath.Join(workshop, "with-phone"), filepath.Join(workshop, "with-phone.key")
		must(t, os.Rename(d.dir, made.dir))
		must(t, os.Rename(d.keyFile, made.keyFile))
	})
	directorytest.Need(t, "oathtool", "python3")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/dev/null") // no keychain
	d = opened(t, copied(t, made.dir), made.keyFile, &deskClock{at: made.at})
	return d, made.devika, made.enrolment, newGenerator(t, made.enrolment.Key)
}

// copied is a copy of a data folder as it lies there, in use or not.
func copied(t *testing.T, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	must(t, filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(dir, name), 0o700)
		}
		if !e.Type().IsRegular() {
			return nil // the owner's socket
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), b, 0o600)
	}))
	return dir
}

var aRun = regexp.MustCompile(`M(\d+) (\d+)h(\d+)`)

// picture draws an SVG path as a page does, and writes it to a file.
func picture(t *testing.T, q api.QR) string {
	t.Helper()
	const unit, quiet = 6, 4
	side := (q.Size + 2*quiet) * unit
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	if rest := aRun.ReplaceAllString(q.Path, ""); rest != "" {
		t.Fatalf("the path holds %q", rest)
	}
	for _, m := range aRun.FindAllStringSubmatch(q.Path, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		if x+n > q.Size || y >= q.Size {
			t.Fatalf("%s is outside of the code", m[0])
		}
		for px := (x + quiet) * unit; px < (x+quiet+n)*unit; px++ {
			for py := (y + quiet) * unit; py < (y+quiet+1)*unit; py++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	name := filepath.Join(t.TempDir(), "code.png")
	f, err := os.Create(name)
	must(t, err)
	must(t, png.Encode(f, img))
	must(t, f.Close())
	return name
}

func (d *desk) column(query string) (values []string) {
	folder{t: d.t, dir: d.dir}.query(func(db *sql.DB) { values = column(d.t, db, query) })
	return values
}
