package ldap

import (
	"slices"
	"testing"

	"gatehouse/backend/iam"
)

// TestSearchesAreThoseOfARead: they name what a read asks for, and nothing that
// is never read.
func TestSearchesAreThoseOfARead(t *testing.T) {
	cfg := iam.SourceConfig{BaseDN: "dc=x", Mapping: iam.Mapping{UserFilter: "(uid=*)", GroupFilter: "(cn=*)", Login: "uid", Department: "ou", Title: "userPassword"}}
	found := Kind.Searches(cfg)
	if len(found) != 2 || found[0].Noun != "account" || found[0].Filter != "(uid=*)" || found[1].Noun != "entitlement" || found[1].Filter != "(cn=*)" || found[0].Base != "dc=x" {
		t.Fatalf("%+v", found)
	}
	for i, want := range [][]string{{"entryUUID", "uid", "ou", "createTimestamp", "pwdAccountLockedTime", "shadowExpire"}, {"entryUUID", "cn", "owner", "member", "uniqueMember", "memberUid"}} {
		for _, attr := range want {
			if !slices.Contains(found[i].Attributes, attr) {
				t.Errorf("%s: %q lacks %s", found[i].Noun, found[i].Attributes, attr)
			}
		}
		if slices.Contains(found[i].Attributes, "userPassword") || slices.Contains(found[i].Attributes, "") {
			t.Errorf("%q", found[i].Attributes)
		}
	}
}
