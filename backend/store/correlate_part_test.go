package store

import (
	"testing"

	"gatehouse/backend/iam"
)

// TestNumberParted: of two accounts with one number, who keeps the number keeps
// the identity, whoever goes elsewhere and whatever else changes.
func TestNumberParted(t *testing.T) {
	for _, left := range []string{"7", "8", "", "99"} {
		s := newStore(t)
		src := addSource(t, s, "corp")
		apply(t, s, src, world{accounts: map[string]person{
			"a0": {login: "a0", sort: iam.Person, number: "7"}, "a1": {login: "a1", sort: iam.Person, number: "9"}, "a2": {login: "a2", sort: iam.Person, number: "9"},
		}}.records(nil))
		was := identities(t, s, src)
		if was["0 a1"] != was["0 a2"] || was["0 a0"] == was["0 a1"] {
			t.Fatalf("one number is not one person: %v", was)
		}
		// All three get another login, so that each is looked at anew.
		apply(t, s, src, world{accounts: map[string]person{
			"a0": {login: "b0", sort: iam.Person, number: "7"}, "a1": {login: "b1", sort: iam.Person, number: left}, "a2": {login: "b2", sort: iam.Person, number: "9"},
		}}.records(nil))
		is := identities(t, s, src)
		if is["0 a0"] != was["0 a0"] || is["0 a2"] != was["0 a2"] {
			t.Errorf("a1 now has the number %q; before %v, after %v", left, was, is)
		}
		if (is["0 a1"] == is["0 a0"]) != (left == "7") || is["0 a1"] == is["0 a2"] {
			t.Errorf("a1 with the number %q is whose it was not: %v", left, is)
		}
	}
}
