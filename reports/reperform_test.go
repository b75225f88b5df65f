package reports

import (
	"os/exec"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// TestCommandsAreQuoted: whatever stands in a configuration is one word of the
// command, and the password is none.
func TestCommandsAreQuoted(t *testing.T) {
	cfg := iam.SourceConfig{URL: "ldap://host:389", StartTLS: true, BindDN: `cn=o'brien $(touch x) "` + "`id`"}
	q := directory.Search{Noun: "account", Base: "ou=a b;c,dc=x", Filter: `(&(cn=*)(!(sn=\28'')))`, Attributes: []string{"uid", "cn;lang-en"}}
	line := ldapsearch(cfg, q)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a POSIX shell (package dash)")
	}
	out, err := exec.Command(sh, "-c", `for w in `+strings.TrimPrefix(line, "ldapsearch ")+`; do printf '%s\n' "$w"; done`).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"-LLL", "-x", "-H", cfg.URL, "-ZZ", "-D", cfg.BindDN, "-W", "-E", "pr=1000/noprompt", "-b", q.Base, "-s", "sub", q.Filter, "uid", "cn;lang-en", ""}
	if got := strings.Split(string(out), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the shell reads %q", got)
	}
	for s, want := range map[string]string{"o'brien": "'o''brien'", "a’; rm x": "'a’’; rm x'", "$x": "'$x'"} {
		if got := literal(s); got != want {
			t.Errorf("%s becomes %s", s, got)
		}
	}
	if ps := powershell(cfg, q); !strings.HasPrefix(ps, "Get-ADUser -Server 'host:389' -SearchBase 'ou=a b;c,dc=x'") || strings.Contains(ps, "brien") {
		t.Error(ps)
	}
	q.Noun = "entitlement"
	if ps := powershell(cfg, q); !strings.Contains(ps, "Get-ADGroup ") || !strings.Contains(ps, "Get-ADGroupMember -Identity $_.DistinguishedName") {
		t.Error(ps)
	}
}
