package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/backend/api"
	"gatehouse/backend/directory/directorytest"
)

// A real directory from the first refusal to the answer, without a server: each
// command line owns the folder while it runs.
func TestARealDirectoryByCommandLine(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{})
	// No keychain: the vault's key is in the key file alone.
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	dir, keys := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		filepath.Join(dir, "notes.txt"):  "a file of the operator's",
		filepath.Join(keys, "ca.pem"):    slapd.Authority.PEM,
		filepath.Join(keys, "password"):  directorytest.ReaderPassword + "\n",
		filepath.Join(keys, "forgotten"): "not-the-password\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var everything strings.Builder
	run := func(args ...string) result {
		t.Helper()
		var out, complaints bytes.Buffer
		code := Main(nil, append([]string{"--data", dir, "--vault-key-file", filepath.Join(keys, "vault.key")}, args...),
			strings.NewReader(""), &out, &complaints)
		everything.WriteString(out.String() + complaints.String())
		return result{code, out.String(), complaints.String()}
	}
	add := func(password string, more ...string) result {
		t.Helper()
		return run(append([]string{
			"source", "add", "ldap", "corp", "--url", slapd.TLSURL, "--base-dn", slapd.Suffix,
			"--bind-dn", slapd.ReaderDN, "--password-file", filepath.Join(keys, password),
		}, more...)...)
	}
	line := func(r result) (l syncLine) {
		t.Helper()
		if err := json.Unmarshal([]byte(r.out), &l); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		return l
	}

	// A certificate nobody vouches for: the fingerprint is shown, and suffices.
	unknown := add("password")
	flag := regexp.MustCompile(`--fingerprint (\S+)`).FindStringSubmatch(unknown.err)
	if unknown.code != 1 || unknown.out != "" || flag == nil {
		t.Fatalf("unknown authority: %+v", unknown)
	}
	if wrong := add("forgotten", "--fingerprint", flag[1]); wrong.code != 1 || !strings.HasPrefix(wrong.err, "gatehouse: Bind: ") {
		t.Errorf("wrong password: %+v", wrong)
	}
	if list := run("source", "list"); list.code != 0 || list.out != "" {
		t.Errorf("something was connected: %+v", list)
	}
	if r := add("password", "--ca-file", filepath.Join(keys, "ca.pem")); r.code != 0 {
		t.Fatalf("add: %+v", r)
	}
	if twice := add("password", "--ca-file", filepath.Join(keys, "ca.pem")); twice.code != 1 {
		t.Errorf("the same name twice: %+v", twice)
	}

	first := line(run("sync", "corp", "--json"))
	if first.State != "applied" || first.Coverage != "complete" || first.Added == 0 || first.Claimed == nil || *first.Claimed < first.Read {
		t.Errorf("first read: %+v", first)
	}
	if again := line(run("sync", "--json")); again.State != "applied" || again.Added+again.Changed+again.Removed != 0 {
		t.Errorf("the same read twice: %+v", again)
	}
	if r := run("source", "check", "corp"); r.code != 0 {
		t.Errorf("check with the password that was kept: %+v", r)
	}

	slapd.Kill()
	gone := run("sync", "--json")
	if l := line(gone); gone.code != 1 || l.State != "partial" || l.Coverage != "partial" || l.Removed != 0 || l.Error == "" {
		t.Errorf("a dead server: %+v", gone)
	}
	if r := run("source", "check", "corp"); r.code != 3 {
		t.Errorf("check of a dead server: %+v", r)
	}
	var who api.AccessAnswer
	if r := run("access", strings.ToUpper(directorytest.UserLogin(1)), "--json"); r.code != 0 || json.Unmarshal([]byte(r.out), &who) != nil ||
		who.Login != directorytest.UserLogin(1) || who.Run == "" {
		t.Errorf("the last complete reading is not shown: %+v", r)
	}
	if r := run("audit", "verify"); r.code != 0 {
		t.Errorf("audit: %+v", r)
	}

	if strings.Contains(everything.String(), directorytest.ReaderPassword) || strings.Contains(everything.String(), "not-the-password") {
		t.Error("a password was printed")
	}
	if b, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || string(b) != "a file of the operator's" {
		t.Errorf("the operator's file: %q, %v", b, err)
	}
}
