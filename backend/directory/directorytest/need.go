// Package directorytest is the conformance suite every kind of directory
// passes, and the real servers the kinds are tested against. Only tests import
// it.
package directorytest

import (
	"os"
	"os/exec"
	"testing"
)

// packages name the Debian package that installs a program.
var packages = map[string]string{
	"slapd": "slapd", "slapadd": "slapd",
	"ldapsearch": "ldap-utils", "ldapmodify": "ldap-utils", "ldapadd": "ldap-utils", "ldapwhoami": "ldap-utils",
	"dscreate": "389-ds-base", "ns-slapd": "389-ds-base", "unshare": "util-linux",
	"zbarimg": "zbar-tools",
	"samba":   "samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba winbind attr acl", "samba-tool": "samba python3-samba", "samba_spnupdate": "samba",
	"ldbsearch": "ldb-tools", "smbclient": "smbclient", "kinit": "krb5-user",
}

// Need skips the test where one of the programs is not installed, naming the
// package that has it. With GATEHOUSE_TEST_ALL=1 that is a failure.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := find(program); err == nil {
			continue
		}
		name := packages[program]
		if name == "" {
			name = program
		}
		if os.Getenv("GATEHOUSE_TEST_ALL") == "1" {
			t.Fatalf("%s is not installed: apt-get install %s", program, name)
		}
		t.Skipf("%s is not installed: apt-get install %s", program, name)
	}
}

// find looks in the administrator's folders too, which an ordinary PATH lacks.
func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + program)
}
