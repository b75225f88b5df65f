package api

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// codeAt is the code of a key at a time, by RFC 6238.
func codeAt(t *testing.T, key string, at time.Time) string {
	t.Helper()
	secret, err := base32.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

// wrongCode is one that a key does not show near a time.
func wrongCode(t *testing.T, key string, at time.Time) string {
	t.Helper()
	for n := 0; ; n++ {
		code, shown := fmt.Sprintf("%06d", n), false
		for s := time.Duration(-2); s <= 2; s++ {
			shown = shown || codeAt(t, key, at.Add(s*30*time.Second)) == code
		}
		if !shown {
			return code
		}
	}
}

func readHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	if err := h.readCompany(); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) personOf(t *testing.T, login string) string {
	t.Helper()
	for _, i := range get[Page[IdentityRow]](t, h, "/identities?q="+login).Items {
		if i.Login == login {
			return i.ID
		}
	}
	t.Fatalf("nobody has the login %s", login)
	return ""
}

// What each request about factors leads to, from the enrolment to its end.
func TestFactors(t *testing.T) {
	h := readHouse(t)
	devika := "/identities/" + h.personOf(t, "dpatel")
	Scenario{Name: "settings", Method: "PUT", URL: "/settings", Body: `{"organisation":"Halden Instruments"}`, As: administrator, Status: 200, Audited: []string{"setting.change done"}}.run(t, h)
	// The first enrolment makes the vault's key and the factors' own.
	e := send[Enrolment](t, h, http.MethodPost, devika+"/factors", `{"name":" Fairphone, private "}`)
	if e.Account != "Gatehouse:dpatel@halden" || e.Factor.Name != "Fairphone, private" || e.Factor.Identity.Name != "Devika Patel" || e.Factor.Identity.Detail != "dpatel" || e.Event == 0 {
		t.Errorf("enrolled %+v as %s", e.Factor, e.Account)
	}
	path := "/factors/" + e.Factor.ID
	code := func(d time.Duration) string { return `{"code":"` + codeAt(t, e.Key, h.clock.now().Add(d)) + `"}` }
	wrong := `{"code":"` + wrongCode(t, e.Key, h.clock.now()) + `"}`
	recovery := `{"code":"` + e.RecoveryCodes[0] + `"}`
	scenarios(t, h, []Scenario{
		{"an auditor enrols nobody", "POST", devika + "/factors", `{"name":"mine"}`, auditor, 403, []string{"factor.manage"}, []string{"request.refuse refused"}},
		{"an auditor verifies nobody", "POST", devika + "/verify", wrong, auditor, 403, []string{"factor.verify"}, []string{"request.refuse refused"}},
		{"an auditor may look", "GET", devika + "/factors", "", auditor, 200, []string{`"state":"pending"`, `"lapsesAt"`, `"of":0`, "!" + e.Key}, nil},
		{"without a name", "POST", devika + "/factors", `{"name":"  "}`, administrator, 422, []string{"body.name"}, nil},
		{"in the place of nothing", "POST", devika + "/factors", `{"name":"x","replaces":"` + e.Factor.ID + `"}`, administrator, 409, []string{"body.replaces"}, nil},
		{"codes without a factor", "POST", devika + "/recovery-codes", `{"reason":"to have some"}`, administrator, 409, []string{"no active factor"}, nil},
		{"handed over", "POST", path + "/handed", `{"how":"slipPrinted"}`, administrator, 204, nil, []string{"factor.hand done"}},
		{"no code at all", "POST", path + "/prove", `{"code":"abcdef!"}`, administrator, 422, []string{"body.code", "six digits"}, nil},
		{"a wrong proof", "POST", path + "/prove", wrong, administrator, 422, []string{"body.code", "4 attempts are left", "not the code that Fairphone, private shows"}, []string{"factor.prove refused"}},
		{"not proven yet", "POST", devika + "/verify", code(0), administrator, 200, []string{`"verified":false`, `"why":"noFactor"`, "then enrol one"}, []string{"factor.verify refused"}},
		{"proven", "POST", path + "/prove", code(0), administrator, 200, []string{`"state":"active"`, "!" + e.Key}, []string{"factor.prove done"}},
		{"proven again", "POST", path + "/prove", code(30 * time.Second), administrator, 409, []string{"proven already"}, nil},
		{"replayed", "POST", devika + "/verify", code(0), administrator, 200, []string{`"why":"usedCode"`, `"attemptsLeft":3`, "Wait for the app"}, []string{"factor.verify refused"}},
		{"verified", "POST", devika + "/verify", code(30 * time.Second), administrator, 200, []string{`"verified":true`, `"how":"totp"`, `"factor":"Fairphone, private"`, `!"why"`, "The caller is Devika Patel"}, []string{"factor.verify done"}},
		{"by a recovery code", "POST", devika + "/verify", recovery, administrator, 200, []string{`"how":"recoveryCode"`, `"codesLeft":9`, "9 are left"}, []string{"factor.verify done"}},
		{"by the same again", "POST", devika + "/verify", recovery, administrator, 200, []string{`"why":"usedCode"`, "Ask for another one"}, []string{"factor.verify refused"}},
		{"no code of any kind", "POST", devika + "/verify", `{"code":"open sesame"}`, administrator, 422, []string{"body.code"}, nil},
		{"the same name twice", "POST", devika + "/factors", `{"name":"fairphone, PRIVATE"}`, administrator, 409, []string{"body.name"}, nil},
		{"one more by name", "GET", "/factors?q=devika&state=active", "", auditor, 200, []string{`"total":1`}, nil},
		{"sorted by what has no index", "GET", "/factors?sort=name", "", auditor, 422, []string{"query.sort"}, nil},
		{"counted", "GET", "/factors/coverage", "", auditor, 200, []string{`"callers":1`, `"enforced":0`, `"state":"notSupported"`, "guards no directory sign-in"}, nil},
		{"revoked without a reason", "POST", path + "/revoke", `{"reason":""}`, administrator, 422, []string{"body.reason"}, nil},
		{"revoked", "POST", path + "/revoke", `{"reason":"the phone is lost"}`, administrator, 200, []string{`"state":"revoked"`, `"endReason":"the phone is lost"`}, []string{"factor.revoke done"}},
		{"revoked again", "POST", path + "/revoke", `{"reason":"again"}`, administrator, 409, []string{"the phone is lost"}, nil},
		{"verified by what was revoked", "POST", devika + "/verify", recovery, administrator, 200, []string{`"why":"noFactor"`}, []string{"factor.verify refused"}},
		{"proven after its end", "POST", path + "/prove", code(0), administrator, 409, nil, nil},
	})
	// Nobody's code stands in the log, and a reason does in words.
	for _, event := range h.events(t) {
		if event.Action == "factor.verify" && (event.Outcome == "done") != (event.Reason == "") {
			t.Errorf("a verification is recorded as %s because of %q", event.Outcome, event.Reason)
		}
	}
	if v := send[AuditVerdict](t, h, http.MethodPost, "/audit/verify", `{}`); !v.OK {
		t.Errorf("the audit log: %+v", v)
	}
	if log := h.log.String(); strings.Contains(log, e.Key) || strings.Contains(log, e.RecoveryCodes[0]) {
		t.Error("the log holds a secret")
	}
}
