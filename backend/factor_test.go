//go:build linux

package backend_test

import (
	"bytes"
	"database/sql"
	"encoding/base32"
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
	"net/url"
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
func (d *desk) enrolled(person, name string) (api.Enrolment, generator) {
	d.t.Helper()
	e := d.enrol(person, name, "")
	g := generator{d.t, e.Key}
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
	t   testing.TB
	key string
}

// at is the code that oathtool shows at a time.
func (g generator) at(t time.Time) string {
	g.t.Helper()
	return strings.TrimSpace(run(g.t, g.key, "oathtool", "--totp", "--base32", "--now", t.UTC().Format("2006-01-02 15:04:05 UTC"), "-"))
}

// byHand are codes by Python's hmac, for so many steps.
func (g generator) byHand(from time.Time, steps int) []string {
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
func (g generator) wrong(now time.Time) string {
	near := g.byHand(now.Add(-3*step), 7)
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

// From the picture to a verified caller, with other people's programs at each
// step: zbarimg reads the code, oathtool and Python's hmac make codes.
func TestAFactorIsEnrolledFromItsPictureAndProven(t *testing.T) {
	directorytest.Need(t, "zbarimg")
	d := helpDesk(t)
	devika := d.person("dpatel")
	e := d.enrol(devika, "Fairphone, private", "")
	link := strings.TrimSpace(run(t, "", "zbarimg", "--quiet", "--raw", picture(t, e.QR)))
	if link != e.Link {
		t.Errorf("the picture says %s, the answer %s", link, e.Link)
	}
	u, err := url.Parse(link)
	must(t, err)
	q := u.Query()
	key := q.Get("secret")
	if raw, err := base32.StdEncoding.DecodeString(key); err != nil || len(raw) != 20 || key != e.Key {
		t.Errorf("the secret: %d bytes, %v", len(raw), err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+e.Account || !strings.HasPrefix(e.Account, "Gatehouse:dpatel@") || q.Get("issuer") != "Gatehouse" ||
		q.Get("algorithm") != "SHA1" || q.Get("digits") != "6" || q.Get("period") != "30" || e.Digits != 6 || e.Period != 30 {
		t.Errorf("the link is %s, the account %s", u.Redacted(), e.Account)
	}
	g := generator{t, key}
	now := d.clock.now()
	for i, byHand := range g.byHand(now, 12) {
		if code := g.at(now.Add(time.Duration(i) * step)); code != byHand {
			t.Fatalf("oathtool says %s, Python %s", code, byHand)
		}
	}
	// Nothing is proven yet, so nothing proves anything.
	if e.Factor.State != "pending" || e.Factor.LapsesAt != now.Add(10*time.Minute).Format(time.RFC3339Nano) {
		t.Errorf("enrolled: %+v", e.Factor)
	}
	d.expect(devika, g.at(now), "noFactor")
	d.expect(devika, e.RecoveryCodes[0], "noFactor")

	proven := told[api.Factor](d, http.MethodPost, "/factors/"+e.Factor.ID+"/prove", map[string]string{"code": g.at(now)})
	if proven.State != "active" || proven.ProvenAt == "" || proven.LapsesAt != "" || proven.Identity.Detail != "dpatel" {
		t.Errorf("proven: %+v", proven)
	}
	d.expect(devika, g.at(now), "usedCode") // its own proof used it
	d.clock.pass(step)
	spaced := g.byHand(d.clock.now(), 1)[0]
	if v := d.expect(devika, spaced[:3]+" "+spaced[3:], ""); v.How != "totp" || v.Factor != "Fairphone, private" || v.CodesLeft != 10 || v.AttemptsLeft != 5 {
		t.Errorf("verified: %+v", v)
	}
	held := told[api.IdentityFactors](d, http.MethodGet, "/identities/"+devika+"/factors", nil)
	if len(held.Factors) != 1 || held.Factors[0].LastUsedAt != d.clock.now().Truncate(step).Format(time.RFC3339Nano) || held.RecoveryCodes.Of != 10 || held.RecoveryCodes.Left != 10 || held.Failures != 0 {
		t.Errorf("she has %+v", held)
	}

	// A second phone takes the place of the first when it is proven, not before.
	second := d.enrol(devika, "Fairphone, new", e.Factor.ID)
	d.clock.pass(step)
	d.expect(devika, g.at(d.clock.now()), "")
	old := e.RecoveryCodes[3]
	g2 := generator{t, second.Key}
	told[api.Factor](d, http.MethodPost, "/factors/"+second.Factor.ID+"/prove", map[string]string{"code": g2.at(d.clock.now())})
	d.clock.pass(step)
	d.expect(devika, g.at(d.clock.now()), "wrongCode")
	d.expect(devika, old, "wrongCode")
	d.expect(devika, g2.at(d.clock.now()), "")
	d.expect(devika, second.RecoveryCodes[0], "")
	held = told[api.IdentityFactors](d, http.MethodGet, "/identities/"+devika+"/factors", nil)
	if len(held.Factors) != 2 || held.Factors[0].ID != second.Factor.ID || held.Factors[1].State != "replaced" || held.RecoveryCodes.Left != 9 {
		t.Errorf("she has %+v", held)
	}

	// Revoked, it proves nothing, and its recovery codes went with it.
	told[api.Factor](d, http.MethodPost, "/factors/"+second.Factor.ID+"/revoke", map[string]string{"reason": "the phone is lost"})
	d.clock.pass(step)
	d.expect(devika, g2.at(d.clock.now()), "noFactor")
	d.expect(devika, second.RecoveryCodes[1], "noFactor")
	d.verified()
}

// verified expects an audit log, and records that are what it says.
func (d *desk) verified() {
	d.t.Helper()
	if v := told[api.AuditVerdict](d, http.MethodPost, "/audit/verify", map[string]string{}); !v.OK {
		d.t.Errorf("the audit log: %+v", v)
	}
}

func TestOneStepOfDriftIsAcceptedAndAUsedStepNeverAgain(t *testing.T) {
	d := helpDesk(t)
	devika := d.person("dpatel")
	_, g := d.enrolled(devika, "phone")
	now := d.clock.now()
	codes := g.byHand(now.Add(-3*step), 7)
	code := func(steps int) string { return codes[3+steps] }
	d.expect(devika, code(-2), "wrongCode")
	d.expect(devika, code(2), "wrongCode")
	d.expect(devika, g.wrong(now), "wrongCode")
	if v := d.expect(devika, code(-1), ""); v.AttemptsLeft != 5 {
		t.Errorf("a success leaves %d attempts", v.AttemptsLeft)
	}
	d.expect(devika, code(-1), "usedCode")
	d.expect(devika, code(1), "") // her clock is fast
	d.expect(devika, code(0), "usedCode")
	d.expect(devika, code(1), "usedCode")

	// Nor after the folder was closed and opened again, nor copied without a
	// clean end, as after a crash.
	d.shut()
	again := opened(t, d.dir, d.keyFile, d.clock)
	again.expect(devika, code(1), "usedCode")
	after := opened(t, copied(t, d.dir), d.keyFile, d.clock)
	after.expect(devika, code(1), "usedCode")
	d.clock.pass(2 * step)
	after.expect(devika, g.at(d.clock.now()), "")
	after.verified()
}

func TestFiftyAtOnceUseOneCodeOnce(t *testing.T) {
	d := helpDesk(t)
	devika := d.person("dpatel")
	e, g := d.enrolled(devika, "phone")
	for what, code := range map[string]func() string{
		"code": func() string { return g.at(d.clock.now()) }, "recovery code": func() string { return e.RecoveryCodes[4] },
	} {
		body := map[string]string{"code": code()}
		answers := make([]api.Verification, 50)
		var all sync.WaitGroup
		for n := range answers {
			all.Go(func() {
				w := d.send(d.cookie, http.MethodPost, "/identities/"+devika+"/verify", body)
				if err := json.Unmarshal(w.Body.Bytes(), &answers[n]); err != nil || w.Code != http.StatusOK {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		count := map[string]int{}
		for _, v := range answers {
			if v.Verified == (v.Why != "") {
				t.Errorf("neither yes nor no: %+v", v)
			}
			count[v.Why]++
		}
		if count[""] != 1 || count["usedCode"] != 5 || count["blocked"] != 44 {
			t.Errorf("one %s was accepted %d times, and refused as %v", what, count[""], count)
		}
		d.clock.pass(time.Hour)
	}
	d.verified()
}

func TestGuessingPausesByPersonWhoeverAsks(t *testing.T) {
	d := helpDesk(t)
	devika, other := d.person("dpatel"), d.person("rsolheim")
	_, g := d.enrolled(devika, "phone")
	_, g2 := d.enrolled(other, "phone")
	d.clock.pass(step)
	sessions := []*http.Cookie{d.cookie, d.session()}
	guess := func(n int, code, why string) api.Verification {
		t.Helper()
		d.cookie = sessions[n%2]
		return d.expect(devika, code, why)
	}
	for n := range 4 {
		if v := guess(n, g.wrong(d.clock.now()), "wrongCode"); v.AttemptsLeft != int64(4-n) || v.BlockedUntil != "" {
			t.Errorf("failure %d: %+v", n+1, v)
		}
	}
	for n, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		pause *= time.Minute
		v := guess(n, g.wrong(d.clock.now()), "wrongCode")
		if until := d.clock.now().Add(pause).Format(time.RFC3339Nano); v.BlockedUntil != until || v.AttemptsLeft != 0 || !strings.Contains(v.Text, "paused until") {
			t.Errorf("failure %d pauses until %s, want %s: %s", n+5, v.BlockedUntil, until, v.Text)
		}
		// The right code is not looked at, so it is not used either.
		d.clock.pass(pause - time.Second)
		guess(n, g.at(d.clock.now()), "blocked")
		if n == 0 {
			d.expect(other, g2.at(d.clock.now()), "") // another person is not touched
		}
		d.clock.pass(time.Second)
	}
	if v := guess(0, g.at(d.clock.now()), ""); v.AttemptsLeft != 5 {
		t.Errorf("after a success: %+v", v)
	}
	if v := guess(1, g.wrong(d.clock.now()), "wrongCode"); v.AttemptsLeft != 4 || v.BlockedUntil != "" {
		t.Errorf("after a success the count begins again: %+v", v)
	}
	d.verified()
}

func TestARecoveryCodeWorksOnce(t *testing.T) {
	d := helpDesk(t)
	devika := d.person("dpatel")
	e, g := d.enrolled(devika, "phone")
	if len(e.RecoveryCodes) != 10 || slices.ContainsFunc(e.RecoveryCodes, func(c string) bool {
		return !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(c)
	}) {
		t.Errorf("recovery codes of another form")
	}
	aloud := strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.ToLower(e.RecoveryCodes[0]))
	if v := d.expect(devika, aloud, ""); v.How != "recoveryCode" || v.CodesLeft != 9 {
		t.Errorf("by a recovery code: %+v", v)
	}
	d.expect(devika, e.RecoveryCodes[0], "usedCode")
	d.expect(devika, strings.ReplaceAll(e.RecoveryCodes[9], "-", ""), "")
	fresh := told[api.RecoveryCodeSet](d, http.MethodPost, "/identities/"+devika+"/recovery-codes", map[string]string{"reason": "the slip got wet"})
	d.expect(devika, e.RecoveryCodes[1], "wrongCode")
	if v := d.expect(devika, fresh.Codes[1], ""); v.CodesLeft != 9 {
		t.Errorf("by a new recovery code: %+v", v)
	}
	d.expect(devika, g.at(d.clock.now()), "")
	d.verified()
}

func TestAnEnrolmentLapsesAndIsForgotten(t *testing.T) {
	d := helpDesk(t)
	devika := d.person("dpatel")
	e := d.enrol(devika, "phone", "")
	g := generator{t, e.Key}
	path := "/factors/" + e.Factor.ID + "/prove"
	if w := d.send(d.cookie, http.MethodPost, path, map[string]string{"code": g.wrong(d.clock.now())}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "body.code") {
		t.Errorf("a wrong proof: %d %s", w.Code, w.Body)
	}
	if held := told[api.IdentityFactors](d, http.MethodGet, "/identities/"+devika+"/factors", nil); held.Factors[0].State != "pending" || held.Failures != 1 || held.AttemptsLeft != 4 {
		t.Errorf("after a wrong proof: %+v", held)
	}
	d.clock.pass(10 * time.Minute)
	if page := told[api.Page[api.Factor]](d, http.MethodGet, "/factors?state=lapsed", nil); page.Total != 1 || page.Items[0].State != "lapsed" || page.Items[0].EndedAt == "" {
		t.Errorf("lapsed: %+v", page)
	}
	if w := d.send(d.cookie, http.MethodPost, path, map[string]string{"code": g.at(d.clock.now())}); w.Code != http.StatusConflict {
		t.Errorf("a late proof: %d %s", w.Code, w.Body)
	}
	if secrets := d.column(`SELECT secret FROM factors WHERE secret <> ''`); len(secrets) != 1 {
		t.Errorf("%d secrets before the next Write", len(secrets))
	}
	d.expect(devika, g.at(d.clock.now()), "noFactor")
	if secrets := d.column(`SELECT secret FROM factors WHERE secret <> ''`); len(secrets) != 0 {
		t.Errorf("%d secrets are kept of what has lapsed", len(secrets))
	}
	d.verified()
}

func (d *desk) column(query string) (values []string) {
	folder{t: d.t, dir: d.dir}.query(func(db *sql.DB) { values = column(d.t, db, query) })
	return values
}
