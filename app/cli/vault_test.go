package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const (
	keyFileSlot    = `{"id":"a1","kind":"keyfile","label":"Key file /k","createdAt":"2026-03-01T08:00:00Z"}`
	passphraseSlot = `{"id":"b2","kind":"passphrase","label":"Passphrase","createdAt":"2026-03-02T08:00:00Z"}`
	recoverySlot   = `{"id":"c3","kind":"recovery","label":"Printed recovery key","createdAt":"2026-03-01T08:00:00Z"}`
)

func TestVault(t *testing.T) {
	h := owner{
		"GET /settings":            `{"vault":{"slots":[` + keyFileSlot + `],"hasRecovery":false}}`,
		"POST /vault/recovery-key": `{"key":"AAAA-BBBB"}`,
		"POST /vault/recover":      `{"slots":[` + recoverySlot + `],"hasRecovery":true}`,
	}.mux()
	called(t, h, "", "vault", "status").want(t, 0, `OPENED WITH  WHICH IS     SINCE                 SLOT
keyfile      Key file /k  2026-03-01 08:00:00Z  a1
There is no recovery key: make one with gatehouse vault recovery-key and keep it on paper.
`)
	called(t, h, "", "vault", "recovery-key", "--json").want(t, 0, `{"key":"AAAA-BBBB"}`+"\n")
	called(t, h, "AAAA-BBBB\n", "vault", "recover", "--recovery-key-file", "-").want(t, 0, `OPENED WITH  WHICH IS              SINCE                 SLOT
recovery     Printed recovery key  2026-03-01 08:00:00Z  c3
`)
}

// heard is an owner that notes the bodies it is sent, by path.
func heard(bodies map[string]map[string]string, o owner) *http.ServeMux {
	mux, answers := http.NewServeMux(), o.mux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil {
			var body map[string]string
			_ = json.NewDecoder(r.Body).Decode(&body)
			bodies[strings.TrimPrefix(r.URL.Path, "/api/v1")] = body
		}
		answers.ServeHTTP(w, r)
	})
	return mux
}

func TestVaultSlots(t *testing.T) {
	sent := map[string]map[string]string{}
	h := heard(sent, owner{
		"GET /settings":          `{"vault":{"slots":[` + keyFileSlot + `,` + passphraseSlot + `],"hasRecovery":false}}`,
		"POST /vault/slots":      `{"slots":[` + keyFileSlot + `,` + passphraseSlot + `],"hasRecovery":true}`,
		"DELETE /vault/slots/a1": `{"slots":[` + passphraseSlot + `],"hasRecovery":true}`,
		"POST /vault/unlock":     `{"slots":[` + passphraseSlot + `],"hasRecovery":true}`,
		"DELETE /vault/slots/b2": `409 {"detail":"This is the only way to open the vault.","remedy":"Add another one first."}`,
	})
	const both = `OPENED WITH  WHICH IS     SINCE                 SLOT
keyfile      Key file /k  2026-03-01 08:00:00Z  a1
passphrase   Passphrase   2026-03-02 08:00:00Z  b2
`
	const one = `OPENED WITH  WHICH IS    SINCE                 SLOT
passphrase   Passphrase  2026-03-02 08:00:00Z  b2
`
	called(t, h, "long enough for this\n", "vault", "add", "passphrase", "--passphrase-file", "-").want(t, 0, both)
	if got := sent["/vault/slots"]; got["kind"] != "passphrase" || got["passphrase"] != "long enough for this" {
		t.Errorf("sent %q", got)
	}
	called(t, h, "", "vault", "add", "keyfile").want(t, 0, both)
	if got := sent["/vault/slots"]; len(got) != 1 || got["kind"] != "keyfile" {
		t.Errorf("sent %q", got)
	}
	called(t, h, "long enough for this", "vault", "unlock", "--passphrase-file", "-").want(t, 0, one)
	if got := sent["/vault/unlock"]["passphrase"]; got != "long enough for this" {
		t.Errorf("sent %q", got)
	}
	for _, name := range []string{"a1", "keyfile"} {
		called(t, h, "", "vault", "remove", name, "--yes").want(t, 0, one)
	}
	called(t, h, "", "vault", "remove", "b2", "--yes").want(t, 1, "", "only way to open the vault.\nAdd another one first.")
	called(t, h, "", "vault", "remove", "keychain", "--yes").want(t, 1, "", `no slot "keychain".`, "Name one of: a1 (keyfile), b2 (passphrase).")
	called(t, h, "", "vault", "remove", "a1").want(t, 2, "", "no terminal to confirm on: add --yes")
	for _, c := range []struct{ args, want string }{
		{"vault add recovery", "made by vault recovery-key"},
		{"vault add fax", "name keychain, keyfile or passphrase"},
		{"vault add keyfile --passphrase-file f", "is for vault add passphrase"},
		{"vault add passphrase", "use --passphrase-file FILE, or - for standard input"},
		{"vault unlock", "use --passphrase-file FILE, or - for standard input"},
		{"vault rekey", "add --yes"},
	} {
		called(t, h, "", strings.Fields(c.args)...).want(t, 2, "", c.want)
	}
}

func TestVaultRekey(t *testing.T) {
	sent := map[string]map[string]string{}
	h := heard(sent, owner{
		"GET /settings":     `{"vault":{"slots":[` + keyFileSlot + `,` + passphraseSlot + `],"hasRecovery":true}}`,
		"POST /vault/rekey": `{"resealed":3,"recoveryKey":"AAAA-BBBB","dropped":[` + passphraseSlot + `],"vault":{"slots":[` + keyFileSlot + `],"hasRecovery":true}}`,
	})
	const said = `3 secrets were sealed anew.
Dropped, because it was not at hand: Passphrase (passphrase).
AAAA-BBBB
Keep it on paper, away from this machine. It opens the vault anywhere and is shown only now.
OPENED WITH  WHICH IS     SINCE                 SLOT
keyfile      Key file /k  2026-03-01 08:00:00Z  a1
`
	called(t, h, "", "vault", "rekey", "--yes").want(t, 0, said)
	if got := sent["/vault/rekey"]; len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	called(t, h, "long enough for this\n", "vault", "rekey", "--yes", "--passphrase-file", "-").want(t, 0, said)
	if got := sent["/vault/rekey"]["passphrase"]; got != "long enough for this" {
		t.Errorf("sent %q", got)
	}
}

func TestLostLaptop(t *testing.T) {
	h := owner{"GET /vault/lost-laptop": `{"disk":"no","opens":["Passphrase: the passphrase."],
		"rotate":[{"what":"Password of cn=r","about":{"kind":"source","id":"3","name":"halden"},"where":"ldaps://x","how":"Set a new one.","risk":"high","setAt":"2026-03-01T08:00:00Z"},
		{"what":"Printed recovery key","where":"Settings","how":"Replace it.","risk":"low"}],"exposed":[{"what":"Accounts","count":7}]}`}.mux()
	called(t, h, "", "vault", "lost-laptop").want(t, 0, `The disk of this data folder: not encrypted.

To open the secrets, a finder needs one of:
- Passphrase: the passphrase.

To change, worst first:
- high: Password of cn=r for halden. Where: ldaps://x. Set 2026-03-01 08:00:00Z. Set a new one.
- low: Printed recovery key. Where: Settings. Replace it.

Readable by whoever opens the file:
- Accounts: 7
`)
	h = owner{"GET /vault/lost-laptop": `{"disk":"unknown","opens":[],"rotate":[],"exposed":[{"what":"Accounts","count":0}]}`}.mux()
	called(t, h, "", "vault", "lost-laptop").want(t, 0, `The disk of this data folder: it is not known whether it is encrypted.

Nothing is sealed: there is no secret to open.

There is nothing to change.

Readable by whoever opens the file:
- Accounts: 0
`)
}
