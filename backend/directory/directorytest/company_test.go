package directorytest

import (
	"bytes"
	"strings"
	"testing"
)

// The generator makes what it promises, the same each time.
func TestCompany(t *testing.T) {
	c := Company{Users: 1000, Groups: 20, Memberships: 5000, Depth: 5, Dangling: 7, Outside: 3}
	var first, second bytes.Buffer
	if err := c.Write(&first); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same numbers made two companies")
	}
	text := first.String()
	for what, want := range map[string]int{"\nobjectClass: inetOrgPerson\n": 1000, ": uid=away": 3, ": uid=gone": 7, "\nmember: cn=g": 4} {
		if got := strings.Count(text, what); got != want {
			t.Errorf("%d of %q, want %d", got, what, want)
		}
	}
	members := strings.Count(text, "\nmember: uid=u") + strings.Count(text, "\nuniqueMember: uid=u") + strings.Count(text, "\nmemberUid: u")
	if members != 5000 {
		t.Errorf("%d memberships, want 5000", members)
	}
}
