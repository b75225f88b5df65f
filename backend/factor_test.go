//go:build linux

package backend_test

import (
	"encoding/base32"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

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
	g := newGenerator(t, key)
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
	g2 := newGenerator(t, second.Key)
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
	d, devika, _, g := deskWithPhone(t)
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

func TestManyAtOnceUseOneCodeOnce(t *testing.T) {
	d, devika, e, g := deskWithPhone(t)
	for _, c := range []struct {
		what, code string
		atOnce     int
	}{
		{"code", g.at(d.clock.now()), 50},
		{"recovery code", e.RecoveryCodes[4], 12}, // each is hashed
	} {
		body := map[string]string{"code": c.code}
		answers := make([]api.Verification, c.atOnce)
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
		if count[""] != 1 || count["usedCode"] != 5 || count["blocked"] != c.atOnce-6 {
			t.Errorf("one %s was accepted %d times, and refused as %v", c.what, count[""], count)
		}
		d.clock.pass(time.Hour)
	}
	d.verified()
}

func TestGuessingPausesByPersonWhoeverAsks(t *testing.T) {
	d, devika, _, g := deskWithPhone(t)
	other := d.person("rsolheim")
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
	d, devika, e, g := deskWithPhone(t)
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
	g := newGenerator(t, e.Key)
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
