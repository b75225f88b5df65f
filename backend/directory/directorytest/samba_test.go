package directorytest

import (
	"strings"
	"testing"
)

// A started controller answers its administrator and has the company in it.
func TestSamba(t *testing.T) {
	s := StartSamba(t, SambaOptions{})
	found := s.Search("-b", SambaDomain, "(|(sAMAccountName=u000040)(sAMAccountName=gmsa-web$)(cn=Mixed))", "member")
	for _, want := range []string{"OU=People", "gmsa-web", "S-1-5-21-1111111111", "CN=Partner"} {
		if !strings.Contains(found, want) {
			t.Errorf("%s is not in the domain: %s", want, found)
		}
	}
}
