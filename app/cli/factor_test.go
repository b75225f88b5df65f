package cli

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	devikaFound  = `{"items":[{"id":"41","name":"Devika Patel","login":"dpatel","department":"Optics"}],"total":1,"totalIsExact":true}`
	patelsFound  = `{"items":[{"id":"41","name":"Devika Patel","login":"dpatel","department":"Optics"},{"id":"42","name":"Nils Patel","login":"npatel","department":""}],"total":2,"totalIsExact":true}`
	factorLine   = `{"id":"77","identity":{"kind":"identity","id":"41","name":"Devika Patel","detail":"dpatel"},"name":"Fairphone, private","kind":"totp","usedFor":"callers","state":"active","enrolledAt":"2026-03-01T08:00:00Z","lastUsedAt":"2026-03-02T08:00:30Z"}`
	endedLine    = `{"id":"76","identity":{"kind":"identity","id":"41","name":"Devika Patel","detail":"dpatel"},"name":"iPhone","kind":"totp","usedFor":"callers","state":"revoked","enrolledAt":"2026-02-01T08:00:00Z","endedAt":"2026-03-01T08:00:00Z","endReason":"lost"}`
	enrolledLine = `{"factor":{"id":"77","identity":{"kind":"identity","id":"41","name":"Devika Patel"},"name":"phone","kind":"totp","usedFor":"callers","state":"pending","enrolledAt":"2026-03-01T08:00:00Z","lapsesAt":"2026-03-01T08:10:00Z"},` +
		`"key":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","link":"otpauth://totp/Gatehouse:dpatel@halden?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","account":"Gatehouse:dpatel@halden","digits":6,"period":30,"qr":{"size":0,"path":""},"recoveryCodes":["7KQM-2F4D","H9TR-WX31"],"event":9}`
)

func TestFactorList(t *testing.T) {
	h := owner{"GET /factors": `{"items":[` + factorLine + `,` + endedLine + `],"total":2,"totalIsExact":true}`}.mux()
	called(t, h, "", "factor", "list").want(t, 0, `PERSON        LOGIN   FACTOR              STATE    ENROLLED              LAST USED             ID  ENDED
Devika Patel  dpatel  Fairphone, private  active   2026-03-01 08:00:00Z  2026-03-02 08:00:30Z  77  -
Devika Patel  dpatel  iPhone              revoked  2026-02-01 08:00:00Z  never                 76  2026-03-01 08:00:00Z: lost
`)
	called(t, h, "", "factor", "list", "--json").want(t, 0, factorLine+"\n"+endedLine+"\n")
	called(t, owner{"GET /factors": `{"items":[],"total":0,"totalIsExact":true}`}.mux(), "", "factor", "list", "--state", "lapsed").want(t, 0, "", "There is none.")
}

func TestFactorShow(t *testing.T) {
	h := owner{
		"GET /identities": devikaFound,
		"GET /identities/41/factors": `{"identity":{"kind":"identity","id":"41","name":"Devika Patel","detail":"dpatel"},"factors":[` + factorLine + `],
		  "recoveryCodes":{"of":10,"left":7,"madeAt":"2026-03-01T08:00:00Z"},"failures":5,"attemptsLeft":0,"blockedUntil":"2026-03-03T08:01:00Z"}`,
	}.mux()
	called(t, h, "", "factor", "show", "dpatel").want(t, 0, `Devika Patel, dpatel, id 41
recovery codes: 7 of 10 left, made 2026-03-01 08:00:00Z
verification is paused until 2026-03-03 08:01:00Z, after 5 failures in a row

FACTOR              STATE   ENROLLED              LAST USED             ID  ENDED
Fairphone, private  active  2026-03-01 08:00:00Z  2026-03-02 08:00:30Z  77  -
`)
}

func TestAPersonIsNamed(t *testing.T) {
	h := owner{"GET /identities": patelsFound, "GET /identities/42/factors": `{"identity":{"kind":"identity","id":"42","name":"Nils Patel"},"factors":[],"recoveryCodes":{"of":0,"left":0},"failures":0,"attemptsLeft":5}`}.mux()
	called(t, h, "", "factor", "show", "patel").want(t, 1, "",
		"gatehouse: \"patel\" fits 2 people.\n  id 41, Devika Patel, dpatel, Optics\n  id 42, Nils Patel, npatel\nNarrow it with --id.\n")
	for _, args := range [][]string{{"NPATEL"}, {"nils patel"}, {"--id", "42"}, {"id:42"}} { // named outright
		called(t, h, "", append([]string{"factor", "show"}, args...)...).want(t, 0, "Nils Patel, , id 42\nrecovery codes: none\nfactors: none\n")
	}
	called(t, owner{"GET /identities": `{"items":[],"total":0}`}.mux(), "", "factor", "show", "nobody").want(t, 1, "", `Nobody is found as "nobody".`)
	for args, want := range map[string]string{
		"show": "name the PERSON", "show x --id 7": "either by PERSON or by --id", "enrol x": `required flag(s) "name" not set`, "revoke 77": `required flag(s) "reason" not set`,
		"recovery-codes x": `required flag(s) "reason" not set`, "verify dpatel": "use --code-file FILE, or - for standard input", "prove 77": "use --code-file FILE",
		"verify dpatel 418092": "accepts at most 1 arg(s)", "prove 77 418092": "accepts 1 arg(s)",
	} {
		r := called(t, owner{"GET /identities": devikaFound}.mux(), "", strings.Fields("factor "+args)...)
		r.want(t, 2, "", want)
		if strings.Contains(r.err, "418092") {
			t.Errorf("%s: the code is repeated: %s", args, r.err)
		}
	}
}

// asked is an owner that remembers the body of the last request with one.
func asked(o owner) (*http.ServeMux, *map[string]string) {
	var last map[string]string
	mux := http.NewServeMux()
	inner := o.mux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil {
			b, _ := io.ReadAll(r.Body)
			last = nil
			_ = json.Unmarshal(b, &last)
		}
		inner.ServeHTTP(w, r)
	})
	return mux, &last
}

func TestFactorEnrol(t *testing.T) {
	h, last := asked(owner{"GET /identities": devikaFound, "POST /identities/41/factors": enrolledLine})
	picture := filepath.Join(t.TempDir(), "code.png")
	called(t, h, "", "factor", "enrol", "dpatel", "--name", "phone", "--replaces", "70", "--qr", picture).want(t, 0, `account  Gatehouse:dpatel@halden
key      JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP
link     otpauth://totp/Gatehouse:dpatel@halden?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
picture  `+picture+`

Recovery codes, each works once, valid when the factor is proven:
   1  7KQM-2F4D
   2  H9TR-WX31

Nothing of this is shown again. Prove it before 2026-03-01 08:10:00Z with: gatehouse factor prove 77
`)
	if (*last)["name"] != "phone" || (*last)["replaces"] != "70" {
		t.Errorf("asked for %v", *last)
	}
	b, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
	if info, _ := os.Stat(picture); info.Mode().Perm() != 0o600 {
		t.Errorf("the picture is %s", info.Mode())
	}
	// A file that is there stays, and nothing is enrolled.
	*last = nil
	called(t, h, "", "factor", "enrol", "dpatel", "--name", "phone", "--qr", picture).want(t, 1, "", picture+" is there already.")
	if again, _ := os.ReadFile(picture); !bytes.Equal(again, b) || *last != nil {
		t.Errorf("it was written again, or asked for: %v", *last)
	}
	// Of an enrolment that is refused no file is left.
	refused := filepath.Join(t.TempDir(), "code.png")
	no := owner{"GET /identities": devikaFound, "POST /identities/41/factors": `409 {"detail":"There is one of that name.","kind":"conflict"}`}.mux()
	called(t, no, "", "factor", "enrol", "dpatel", "--name", "phone", "--qr", refused).want(t, 1, "", "There is one of that name.")
	if _, err := os.Stat(refused); err == nil {
		t.Error("an empty picture is left")
	}
	called(t, h, "", "factor", "enrol", "dpatel", "--name", "phone", "--json").want(t, 0, enrolledLine+"\n")
}

func TestFactorProveAndVerify(t *testing.T) {
	const yes = `{"verified":true,"text":"The caller is Devika Patel.","how":"totp","factor":"phone","at":"2026-03-01T08:00:00Z","event":12,"attemptsLeft":5,"codesLeft":10}`
	const no = `{"verified":false,"text":"No factor of Devika Patel shows this code now.","why":"wrongCode","at":"2026-03-01T08:00:00Z","event":12,"attemptsLeft":4,"codesLeft":10}`
	h, last := asked(owner{"GET /identities": devikaFound, "POST /factors/77/prove": factorLine, "POST /identities/41/verify": yes})
	called(t, h, "418092\n", "factor", "prove", "77", "--code-file", "-").want(t, 0, "Fairphone, private of Devika Patel is active.\n")
	if (*last)["code"] != "418092" {
		t.Errorf("proved %v", *last)
	}
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, []byte("7kqm 2f4d\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	called(t, h, "", "factor", "verify", "dpatel", "--code-file", file).want(t, 0, "The caller is Devika Patel.\n")
	if (*last)["code"] != "7kqm 2f4d" {
		t.Errorf("verified %v", *last)
	}
	called(t, h, "418092\n", "factor", "verify", "dpatel", "--code-file", "-", "--json").want(t, 0, yes+"\n")
	h = owner{"GET /identities": devikaFound, "POST /identities/41/verify": no}.mux()
	called(t, h, "418092\n", "factor", "verify", "dpatel", "--code-file", "-").want(t, 1, "No factor of Devika Patel shows this code now.\n")
	called(t, h, "418092\n", "factor", "verify", "dpatel", "--code-file", "-", "--json").want(t, 1, no+"\n")
}

func TestFactorRevokeAndRecoveryCodes(t *testing.T) {
	h, last := asked(owner{"GET /identities": devikaFound, "POST /factors/76/revoke": endedLine, "POST /identities/41/recovery-codes": `{"codes":["7KQM-2F4D"]}`})
	called(t, h, "", "factor", "revoke", "76", "--reason", "lost").want(t, 0, "iPhone of Devika Patel is revoked.\n")
	if (*last)["reason"] != "lost" {
		t.Errorf("revoked for %v", *last)
	}
	called(t, h, "", "factor", "recovery-codes", "dpatel", "--reason", "wet").want(t, 0, "   1  7KQM-2F4D\nEach works once, from now on. They are shown only now.\n")
}

func TestFactorCoverage(t *testing.T) {
	h := owner{"GET /factors/coverage": `{"people":403,"callers":212,"sources":[{"source":{"kind":"source","id":"3","name":"halden"},"accounts":386,"enforced":0,"state":"notSupported","text":"It does not tell."}],"explained":"Only what is enforced counts."}`}.mux()
	called(t, h, "", "factor", "coverage").want(t, 0, `people with an account in use: 403
of them can be verified as callers: 212

SOURCE  ACCOUNTS  ENFORCED AT SIGN-IN  WHY
halden  386       not supported        It does not tell.

Only what is enforced counts.
`)
}
