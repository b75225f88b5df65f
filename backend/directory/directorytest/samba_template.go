package directorytest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "embed"
)

//go:embed samba_fill.py
var sambaFill string

// sambaTemplate is the folder of a stopped, filled domain with these options.
// It is made once and kept in the system's temporary folder under a hash of all
// it depends on.
func sambaTemplate(t testing.TB, o SambaOptions) string {
	t.Helper()
	spec := sambaSpec(o)
	return keptTemplate(t, "one", string(spec), func(dir string) {
		provision(t, nil, dir, "dc1", "127.0.0.1")
		fill(t, filepath.Join(dir, "dc1"), spec)
	})
}

// sambaSpec is what the domain is filled with.
func sambaSpec(o SambaOptions) []byte {
	if o.Users == 0 {
		o.Users = 40
	}
	if o.Groups == 0 {
		o.Groups = 8
	}
	if o.Memberships == 0 {
		o.Memberships = 4 * o.Groups
	}
	spec, _ := json.Marshal(map[string]any{
		"users": o.Users, "groups": o.Groups, "memberships": o.Memberships, "password": SambaPassword, "given": givenNames, "surnames": surnames,
	})
	return spec
}

// keptTemplate makes a template in a fresh folder unless it is there already.
func keptTemplate(t testing.TB, name, spec string, make func(dir string)) string {
	t.Helper()
	version, err := exec.Command("samba", "--version").Output()
	must(t, err)
	sum := sha256.Sum256([]byte(strings.Join([]string{name, string(version), spec, sambaFill}, "\n")))
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("gatehouse-samba-%x", sum[:6]))
	free := lockFile(t, dir+".lock")
	defer free()
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	fresh := dir + ".new"
	must(t, os.RemoveAll(fresh))
	must(t, os.MkdirAll(fresh, 0o755))
	make(fresh)
	must(t, os.Rename(fresh, dir))
	return dir
}

// provision makes a new domain with one controller.
func provision(t testing.TB, ns *namespace, dir, host, address string) {
	t.Helper()
	target := filepath.Join(dir, host)
	args := []string{"domain", "provision", "--targetdir=" + target, "--realm=" + SambaRealm, "--domain=ADTEST", "--server-role=dc",
		"--dns-backend=NONE", "--adminpass=" + SambaAdminPassword, "--host-name=" + host, "--host-ip=" + address, "--use-rfc2307",
		"--option=interfaces=" + address + "/8", "--option=bind interfaces only=yes"}
	run(t, ns, "samba-tool", args...)
}

// fill puts the company into a stopped controller's database.
func fill(t testing.TB, dir string, spec []byte) {
	t.Helper()
	writeSambaConf(t, dir, filepath.Base(dir), "127.0.0.1", Certificate{})
	cmd := exec.Command("/usr/bin/python3", "-", filepath.Join(dir, "etc", "run.conf"), string(spec))
	cmd.Stdin = strings.NewReader(sambaFill)
	dieWithParent(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("filling the domain: %v\n%s", err, tail(string(out), 4000))
	}
}
