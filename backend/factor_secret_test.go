//go:build linux

package backend_test

import (
	"bytes"
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/backend/api"
)

// A folder that was restored on another machine has no key of the vault; a
// verification says what to do, and after it is done it works again.
func TestVerificationAfterARestore(t *testing.T) {
	d, devika, e, g := deskWithPhone(t)
	recovery := told[struct{ Key string }](d, http.MethodPost, "/vault/recovery-key", nil).Key
	dir := copied(t, d.dir)
	d.shut()

	bare := opened(t, dir, "", d.clock)
	before := told[api.AuditVerdict](bare, http.MethodPost, "/audit/verify", map[string]string{}).Events
	w := bare.send(bare.cookie, http.MethodPost, "/identities/"+devika+"/verify", map[string]string{"code": g.at(d.clock.now())})
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "gatehouse vault recover") {
		t.Errorf("without a key: %d %s", w.Code, w.Body)
	}
	if events := told[api.Page[api.Event]](bare, http.MethodGet, "/events?action=factor.verify", nil).Items; len(events) == 0 || events[0].Seq <= before || events[0].Outcome != "failed" {
		t.Errorf("a verification that came to no answer is recorded as %+v", events)
	}
	bare.expect(devika, e.RecoveryCodes[0], "") // needs no key
	bare.shut()

	d = opened(t, dir, filepath.Join(t.TempDir(), "new.key"), d.clock)
	if w := d.send(d.cookie, http.MethodPost, "/identities/"+devika+"/verify", map[string]string{"code": g.at(d.clock.now())}); w.Code != http.StatusServiceUnavailable {
		t.Errorf("with the key file of another vault: %d %s", w.Code, w.Body)
	}
	told[api.VaultInfo](d, http.MethodPost, "/vault/recover", map[string]string{"recoveryKey": recovery})
	d.expect(devika, g.at(d.clock.now()), "")
	d.clock.pass(step)
	d.shut()
	d = opened(t, dir, d.keyFile, d.clock)
	d.expect(devika, g.at(d.clock.now()), "") // the key is kept here from now on
	d.verified()
}

// spellings are the forms in which a secret could lie somewhere.
func spellings(t *testing.T, key string) (all [][]byte) {
	t.Helper()
	raw, err := base32.StdEncoding.DecodeString(key)
	must(t, err)
	all = append(forms(string(raw)), forms(key)...)
	all = append(all, []byte(strings.ToLower(key)), []byte(key[:4]+" "+key[4:8]))
	for _, e := range []*base64.Encoding{base64.URLEncoding, base64.RawURLEncoding} {
		all = append(all, []byte(e.EncodeToString(raw)))
	}
	return all
}

// After the one answer that shows them, the secret, a code that was used and the
// recovery codes are nowhere: not in the folder, the log, the audit log, an
// export or another answer.
func TestFactorSecretsLeaveNothingBehind(t *testing.T) {
	d := helpDesk(t)
	devika := d.person("dpatel")
	s := &searcher{t: t, forms: map[string][][]byte{}, bytes: map[string]int{}}
	e := d.enrol(devika, "phone", "")
	// One that is found is named, not shown.
	s.forms["the secret"] = spellings(t, e.Key)
	for i, c := range e.RecoveryCodes {
		plain := strings.ReplaceAll(c, "-", "")
		s.forms[fmt.Sprintf("recovery code %d", i+1)] = append(append(forms(c), forms(plain)...), []byte(strings.ToLower(c)), []byte(strings.ToLower(plain)))
	}
	g := newGenerator(t, e.Key)
	var codes []*regexp.Regexp
	fresh := func() string {
		code := g.at(d.clock.now())
		codes = append(codes, regexp.MustCompile(`(^|[^0-9A-Za-z.])`+code+`([^0-9A-Za-z]|$)`))
		return code
	}
	look := func(where string, b []byte) {
		t.Helper()
		s.look(where, b)
		for _, code := range codes {
			if m := code.FindIndex(b); m != nil {
				t.Errorf("%s holds a code: %q", where, b[max(0, m[0]-40):min(len(b), m[1]+40)])
			}
		}
	}
	path := "/factors/" + e.Factor.ID
	proof := fresh()
	for _, r := range []struct {
		path string
		body any
	}{
		{path + "/handed", map[string]string{"how": "slipPrinted"}},
		{path + "/prove", map[string]string{"code": g.wrong(d.clock.now())}},
		{path + "/prove", map[string]string{"code": proof}},
		{path + "/prove", map[string]any{"code": []string{e.RecoveryCodes[2], proof}}}, // malformed
		{path + "/prove", map[string]string{"code": e.RecoveryCodes[2]}},
		{"/identities/" + devika + "/verify", map[string]string{"code": proof}},
		{"/identities/" + devika + "/verify", map[string]string{"code": e.RecoveryCodes[0]}},
		{"/identities/" + devika + "/verify", map[string]string{"code": e.RecoveryCodes[0]}},
		{"/identities/" + devika + "/verify", map[string]string{"code": "no code: " + e.Key[:20]}},
	} {
		look("POST "+r.path, d.send(d.cookie, http.MethodPost, r.path, r.body).Body.Bytes())
	}
	d.clock.pass(step)
	d.expect(devika, fresh(), "")

	description, err := api.OpenAPI()
	must(t, err)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	must(t, json.Unmarshal(description, &doc))
	answers := 0
	for route, methods := range doc.Paths {
		if methods["get"] == nil || route == "/notices" {
			continue
		}
		for _, id := range []string{devika, e.Factor.ID} {
			for _, query := range []string{"", "?limit=500", "?q=" + e.RecoveryCodes[1]} {
				w := d.send(d.cookie, http.MethodGet, parameter.ReplaceAllString(route, id)+query, nil)
				b := bytes.ReplaceAll(w.Body.Bytes(), []byte(e.RecoveryCodes[1]), nil) // what was asked is not an answer
				look("GET "+route, b)
				if w.Code == http.StatusOK {
					answers++
				}
			}
		}
	}
	if answers < 60 {
		t.Errorf("only %d answers were looked at", answers)
	}
	made := told[api.Export](d, http.MethodPost, "/exports", map[string]string{"kind": "audit"})
	content := d.send(d.cookie, http.MethodGet, "/exports/"+made.ID+"/content", nil).Body.Bytes()
	if !bytes.Contains(content, []byte("factor.verify")) {
		t.Errorf("the export holds no verification: %d bytes", len(content))
	}
	look("the audit export", content)

	live := s.lookInFolder("while it is open", d.dir)
	if len(live["gatehouse.db-wal"]) == 0 || !bytes.Contains(append(live["gatehouse.db"], live["gatehouse.db-wal"]...), []byte("code already used")) {
		t.Error("the search finds nothing at all")
	}
	look("the log", d.log.Bytes())
	d.shut()
	// A failure is logged with its cause.
	d = opened(t, d.dir, "", d.clock)
	d.clock.pass(step)
	d.send(d.cookie, http.MethodPost, "/identities/"+devika+"/verify", map[string]string{"code": fresh()})
	if !strings.Contains(d.log.String(), "key file") {
		t.Errorf("the log says %q", d.log)
	}
	look("the log", d.log.Bytes())
	told[api.Factor](d, http.MethodPost, path+"/revoke", map[string]string{"reason": "done with it"})
	d.verified()
	d.shut()
	for name, b := range s.lookInFolder("after it was closed", d.dir) {
		look("file "+name, b)
	}
}

// A row that is edited behind the program's back is named.
func TestAuditVerifyNamesEditedFactors(t *testing.T) {
	d, devika, e, g := deskWithPhone(t)
	ragna := d.person("rsolheim")
	d.expect(devika, g.at(d.clock.now()), "")
	d.expect(devika, e.RecoveryCodes[0], "")
	d.expect(devika, g.wrong(d.clock.now()), "wrongCode")
	lost := d.enrol(ragna, "tablet", "")
	told[api.Factor](d, http.MethodPost, "/factors/"+lost.Factor.ID+"/revoke", map[string]string{"reason": "a mistake"})
	d.verified()
	d.shut()
	about := "factor " + e.Factor.ID + " (Fairphone, private, of Devika Patel)"
	for _, c := range []struct{ edit, want string }{
		{`UPDATE factors SET last_step = last_step - 1 WHERE name = 'Fairphone, private'`, about},
		{`UPDATE factors SET name = 'mine' WHERE name = 'Fairphone, private'`, about},
		{`UPDATE factors SET identity_id = ` + ragna + `, identity_name = 'Ragna Solheim' WHERE name = 'Fairphone, private'`, "Factor " + e.Factor.ID + " (Fairphone, private, of Ragna Solheim) is recorded"},
		{`UPDATE factors SET proven_at = proven_at + 1 WHERE name = 'Fairphone, private'`, about},
		{`UPDATE factors SET state = 'active', ended_at = 0, ended_seq = 0, end_reason = '' WHERE name = 'tablet'`, "(tablet, of Ragna Solheim)"},
		{`UPDATE factors SET secret = '' WHERE name = 'Fairphone, private'`, about},
		{`UPDATE factors SET secret = 'gh1.x' WHERE name = 'tablet'`, "(tablet, of Ragna Solheim)"},
		{`DELETE FROM factors WHERE name = 'tablet'`, "(tablet, of Ragna Solheim), but its record is gone"},
		{`UPDATE recovery_codes SET used_at = 0, used_seq = 0 WHERE ord = 1 AND used_seq > 0`, "Recovery code 1 of identity " + devika},
		{`UPDATE recovery_codes SET hash = randomblob(32) WHERE ord = 2`, "recovery codes of identity " + devika},
		{`UPDATE recovery_codes SET ended_seq = 0 WHERE identity_id = ` + ragna, "recovery codes of identity " + ragna},
		{`DELETE FROM recovery_codes WHERE ord = 10`, "recovery codes of identity " + devika},
		{`INSERT INTO recovery_codes SELECT ` + ragna + `, 2, ord, salt, hash, 0, 0, 0, 0 FROM recovery_codes WHERE identity_id = ` + devika, "Recovery codes of identity " + ragna + " are recorded"},
		{`UPDATE factor_failures SET failures = 0`, "failed verifications of identity " + devika},
		{`DELETE FROM factor_failures`, "failed verifications of identity " + devika},
	} {
		dir := copied(t, d.dir)
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "gatehouse.db"))
		must(t, err)
		done, err := db.Exec(c.edit)
		must(t, err)
		if n, _ := done.RowsAffected(); n == 0 {
			t.Fatalf("%s edits nothing", c.edit)
		}
		must(t, db.Close())
		edited := opened(t, dir, d.keyFile, d.clock)
		v := told[api.AuditVerdict](edited, http.MethodPost, "/audit/verify", map[string]string{})
		edited.shut()
		named := false
		for _, p := range v.Problems {
			named = named || strings.Contains(p.Text, c.want)
		}
		if v.OK || !named {
			t.Errorf("%s\n want %s in %+v", c.edit, c.want, v.Problems)
		}
		must(t, os.RemoveAll(dir))
	}
}
