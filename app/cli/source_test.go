package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/backend/api"
)

const passedCheck = `{"passed":true,"server":"OpenLDAP 2.6",
  "results":[{"state":"passed","step":"bind","title":"Bind","text":"cn=reader, simple"},
    {"state":"missing","step":"rights","title":"Sign-in times","text":"cannot be read","remedy":"Give the right.","copy":"olcAccess: to *\n  by * read\n"}],
  "samples":[{"login":"a.berg","name":"Anna Berg","sort":"person","department":"Lab","enabled":"yes","groups":3,"dn":"uid=a.berg"}],
  "config":{"url":"ldaps://x","bindDn":"cn=reader","baseDn":"dc=proposed","mapping":{"login":"uid","userFilter":"(objectClass=person)"}}}`

// connecting answers the check with report and keeps what is saved.
func connecting(t *testing.T, report string) (*http.ServeMux, *[]api.SourceDraft) {
	var drafts []api.SourceDraft
	mux := http.NewServeMux()
	keep := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var d api.SourceDraft
			if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
				t.Error(err)
			}
			drafts = append(drafts, d)
			w.Write([]byte(answer))
		}
	}
	mux.HandleFunc("POST /api/v1/sources/check", keep(report))
	mux.HandleFunc("POST /api/v1/sources", keep(`{"id":"3","name":"halden"}`))
	return mux, &drafts
}

func TestAddChecksAndSavesWhatWasProposed(t *testing.T) {
	mux, drafts := connecting(t, passedCheck)
	r := called(t, mux, "s3cret \r\n", "source", "add", "ldap", "halden", "--url", "ldaps://x", "--bind-dn", "cn=reader", "--password-file", "-",
		"--service", "ou=service", "--service", "robot", "--map", "login=cn")
	r.want(t, 0, `STEP     WHAT           FOUND
ok       Bind           cn=reader, simple
missing  Sign-in times  cannot be read

Sign-in times: Give the right.
    olcAccess: to *
      by * read

LOGIN   NAME       SORT    ENABLED  DEPARTMENT  GROUPS  DN
a.berg  Anna Berg  person  yes      Lab         3       uid=a.berg

halden is connected, READ-ONLY. Read it now: gatehouse sync halden
`)
	if len(*drafts) != 2 {
		t.Fatalf("%d requests", len(*drafts))
	}
	checked, saved := (*drafts)[0], (*drafts)[1]
	if m := checked.Config.Mapping; m.Login != "cn" || strings.Join(m.Service, ",") != "ou=service,robot" {
		t.Errorf("checked with %+v", m)
	}
	if saved.Config.BaseDN != "dc=proposed" || saved.Config.Mapping.Login != "uid" || saved.Secret != "s3cret " || saved.Name != "halden" || saved.Kind != "ldap" {
		t.Errorf("saved %+v", saved)
	}
}

func TestAddRefusesWhatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, result, want string }{
		{"credentials", `{"state":"failed","title":"Bind","text":"The password is wrong.","remedy":"Enter it again."}`,
			"gatehouse: Bind: The password is wrong.\nEnter it again.\n"},
		{"certificate", `{"state":"needsYou","step":"certificate","title":"Certificate","text":"signed by an unknown authority","remedy":"Compare it.","copy":"openssl x509","fingerprint":"AB:CD"}`,
			"gatehouse: Certificate: signed by an unknown authority. Its SHA-256 fingerprint is AB:CD.\nCompare it.\n    openssl x509\nTo confirm it add: --fingerprint AB:CD\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mux, drafts := connecting(t, `{"passed":false,"results":[{"state":"passed","title":"Port","text":"ok"},`+c.result+`]}`)
			called(t, mux, "", "source", "add", "ldap", "halden", "--url", "ldaps://x").want(t, 1, "", c.want)
			if len(*drafts) != 1 {
				t.Errorf("%d requests: it was saved", len(*drafts))
			}
		})
	}
}

func TestAddTakesCertificatesAndPasswordFromFiles(t *testing.T) {
	dir := t.TempDir()
	ca, password := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	for name, text := range map[string]string{ca: "PEM", password: "pass word\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mux, drafts := connecting(t, passedCheck)
	r := called(t, mux, "", "source", "add", "ldap", "halden", "--url", "ldap://x", "--start-tls", "--ca-file", ca, "--bind-dn", "cn=r",
		"--password-file", password, "--base-dn", "dc=x", "--page-size", "50", "--json")
	if r.code != 0 || !strings.HasPrefix(r.out, `{"id":"3","name":"halden",`) || strings.Count(r.out, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	got := (*drafts)[0]
	if got.Config.CAPEM != "PEM" || got.Config.CAFile != ca || got.Secret != "pass word" || !got.Config.StartTLS || got.Config.PageSize != 50 {
		t.Errorf("%+v", got)
	}
}

func TestAKeyFileOthersCanReadIsRefusedFirst(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	key := filepath.Join(t.TempDir(), "vault.key")
	if err := os.WriteFile(key, []byte(strings.Repeat("A", 43)+"=\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// The password file is not there: that would be told next.
	args := []string{"--vault-key-file", key, "source", "add", "ldap", "halden", "--url", "ldaps://x", "--bind-dn", "cn=r", "--password-file", key + ".none", "--base-dn", "dc=x"}
	mux, drafts := connecting(t, passedCheck)
	called(t, mux, "", args...).want(t, 1, "", "The key file "+key+" can be read by others (mode 0644): run chmod 600 "+key+".")
	if len(*drafts) != 0 {
		t.Errorf("%+v", *drafts)
	}
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	called(t, mux, "", args...).want(t, 1, "", "The password could not be read: open ")
}

func TestASecretFileIsReadWithCare(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, content, want string }{
		{"empty", "\n", "The password is empty."},
		{"long", strings.Repeat("x", maxSecret+1), "The password is longer than 1024 bytes.\nIs it the right file?"},
	} {
		file := filepath.Join(dir, c.name)
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		called(t, owner{}.mux(), "", "source", "add", "ldap", "h", "--url", "ldap://x", "--bind-dn", "cn=r", "--password-file", file).want(t, 1, "", c.want)
	}
	called(t, owner{}.mux(), "", "source", "add", "ldap", "h", "--url", "ldap://x", "--bind-dn", "cn=r", "--password-file", filepath.Join(dir, "none")).
		want(t, 1, "", "The password could not be read: open ")
}

func TestAddWithoutACheckSavesTheMappingThatWasNamed(t *testing.T) {
	mux, drafts := connecting(t, `{}`)
	r := called(t, mux, "", "source", "add", "ldap", "halden", "--url", "ldap://x", "--base-dn", "dc=x", "--no-check",
		"--map", "userFilter=(objectClass=person)", "--map", "groupFilter=(objectClass=groupOfNames)", "--map", "login=uid", "--map", "groupName=cn")
	r.want(t, 0, "halden is connected, READ-ONLY. Read it now: gatehouse sync halden\n")
	if len(*drafts) != 1 || (*drafts)[0].Config.Mapping.UserFilter != "(objectClass=person)" {
		t.Errorf("%+v", *drafts)
	}
}

const oneSource = `[{"id":"3","name":"halden","kind":"ldap","status":"held","accounts":400,"groups":50,"memberships":900,
  "config":{"url":"ldaps://x"},"lastComplete":{"id":"8","endedAt":"2026-03-01T08:00:00Z"},"newest":{"id":"9","state":"held"}}]`

func TestSourceList(t *testing.T) {
	called(t, owner{"GET /sources": oneSource}.mux(), "", "source", "list").want(t, 0,
		`NAME    KIND  URL        STATUS  LAST READ             ACCOUNTS  GROUPS  MEMBERSHIPS
halden  ldap  ldaps://x  held    2026-03-01 08:00:00Z  400       50      900
`)
}

func TestACheckThatDoesNotPassExits3(t *testing.T) {
	h := owner{"GET /sources": oneSource, "POST /sources/check": `{"passed":false,"results":[{"state":"failed","title":"Port","text":"refused","remedy":"Start it."}]}`}.mux()
	called(t, h, "", "source", "check", "halden").want(t, 3, "STEP    WHAT  FOUND\nFAILED  Port  refused\n\nPort: Start it.\n")
}

func TestReleaseSendsTheHashOfTheListThatWasRead(t *testing.T) {
	mux := owner{"GET /sources": oneSource}.mux()
	mux.HandleFunc("POST /api/v1/runs/9/release", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ HoldHash, Reason string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.HoldHash != "abc" || in.Reason != "the lab closed" {
			t.Errorf("%+v, %v", in, err)
		}
		w.Write([]byte(`{"id":"9","mode":"full","state":"released","coverage":"complete","claimed":-1,"removed":4}`))
	})
	called(t, mux, "", "source", "release", "halden", "--hash", "abc", "--reason", "the lab closed").
		want(t, 0, "Run 9 of halden was released: 0 added, 0 changed, 4 removed.\n")
}

func TestRemoveGivesTheReason(t *testing.T) {
	mux := owner{"GET /sources": oneSource}.mux()
	mux.HandleFunc("DELETE /api/v1/sources/3", func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("reason"); got != "moved away" {
			t.Errorf("reason %q", got)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	called(t, mux, "", "source", "remove", "halden", "--reason", "moved away", "--yes").
		want(t, 0, "halden is no longer connected. The directory itself was not touched.\n")
}
