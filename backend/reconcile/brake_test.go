package reconcile

import (
	"cmp"
	"fmt"
	"testing"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// TestBrake: each rule below, at and above its threshold.
func TestBrake(t *testing.T) {
	loss := func(before, gone int64) store.Loss { return store.Loss{Before: before, Gone: gone} }
	deleted := func(privileged bool, before int64) store.Losses {
		return store.Losses{Memberships: loss(120, before), Groups: []store.GroupLoss{{Name: "g", DN: "cn=g", Privileged: privileged, Gone: true, Deleted: true, Before: before}}}
	}
	group := func(privileged, gone bool, before, after int64) store.Losses {
		return store.Losses{Groups: []store.GroupLoss{{Name: "g", DN: "cn=g", Privileged: privileged, Gone: gone, Before: before, After: after}}}
	}
	unit := func(before, after int64) store.Losses {
		return store.Losses{Units: []store.UnitLoss{{DN: "ou=u", Before: before, After: after}}}
	}
	for _, c := range []struct {
		name   string
		l      store.Losses
		config bool
		want   string // "rule subject before after"; empty: applied
	}{
		{"nothing", store.Losses{}, false, ""},
		{"settings changed", store.Losses{}, true, "configChanged settings 0 0"},

		{"accounts below 5 %", store.Losses{Accounts: loss(1000, 49)}, false, ""},
		{"accounts at 5 %", store.Losses{Accounts: loss(1000, 50)}, false, ""},
		{"accounts above 5 %", store.Losses{Accounts: loss(1000, 51)}, false, "accountsGone accounts 1000 949"},
		{"accounts, a small directory", store.Losses{Accounts: loss(10, 4)}, false, ""},
		{"accounts, five of few", store.Losses{Accounts: loss(10, 5)}, false, "accountsGone accounts 10 5"},
		{"accounts, all", store.Losses{Accounts: loss(7, 7)}, false, "accountsGone accounts 7 0"},

		{"groups at 5 %", store.Losses{Entitlements: loss(200, 10)}, false, ""},
		{"groups above 5 %", store.Losses{Entitlements: loss(200, 11)}, false, "entitlementsGone groups 200 189"},
		{"groups, four of few", store.Losses{Entitlements: loss(4, 4)}, false, ""},

		{"memberships at 10 %", store.Losses{Memberships: loss(1000, 100)}, false, ""},
		{"memberships above 10 %", store.Losses{Memberships: loss(1000, 101)}, false, "membershipsGone memberships 1000 899"},

		{"states at 5 %", store.Losses{States: loss(1000, 50)}, false, ""},
		{"states above 5 %", store.Losses{States: loss(1000, 51)}, false, "statesFlipped enabled states 1000 949"},
		{"states, four of few", store.Losses{States: loss(20, 4)}, false, ""},

		{"keys at 1 %", store.Losses{Keys: loss(1000, 10)}, false, ""},
		{"keys above 1 %", store.Losses{Keys: loss(1000, 11)}, false, "keysChanged logins and employee numbers 1000 989"},
		{"keys, four of few", store.Losses{Keys: loss(20, 4)}, false, ""},
		{"keys, five of few", store.Losses{Keys: loss(20, 5)}, false, "keysChanged logins and employee numbers 20 15"},

		{"a unit of nine", unit(9, 0), false, ""},
		{"a unit of ten", unit(10, 0), false, "unitVanished ou=u 10 0"},
		{"a unit that keeps one", unit(1000, 1), false, ""},

		{"a group loses its only member", group(false, false, 1, 0), false, ""},
		{"a group loses its last two members", group(false, false, 2, 0), false, "groupEmptied cn=g 2 0"},
		{"a group keeps one of four", group(false, false, 4, 1), false, ""},
		{"a group loses half", group(false, false, 10, 5), false, ""},
		{"a group loses more than half, four", group(false, false, 5, 1), false, ""},
		{"a group loses more than half, five", group(false, false, 6, 1), false, "groupHalved cn=g 6 1"},
		{"a group loses more than half, six of eleven", group(false, false, 11, 5), false, "groupHalved cn=g 11 5"},
		{"a small group is not returned", group(false, true, 9, 0), false, ""},
		{"a large group is not returned", group(false, true, 10, 0), false, "groupGone cn=g 10 0"},
		{"a group is deleted, most memberships with it", deleted(false, 99), false, ""},
		{"a crowd is deleted", deleted(false, 100), false, "membershipsGone memberships 120 20groupDeleted cn=g 100 0"},
		{"a privileged group is deleted", deleted(true, 3), false, "privilegedLoss cn=g 3 0"},
		{"a privileged group is deleted, most memberships with it", deleted(true, 13), false, "membershipsGone memberships 120 107privilegedLoss cn=g 13 0"},
		{"a group is deleted and others lose members", store.Losses{Memberships: loss(100, 31), Groups: []store.GroupLoss{{DN: "cn=g", Gone: true, Deleted: true, Before: 20}, {DN: "cn=h", Before: 30, After: 19}}},
			false, "membershipsGone memberships 100 69"},

		{"a privileged group hands over", group(true, false, 5, 5), false, ""},
		{"a privileged group gains", group(true, false, 5, 6), false, ""},
		{"a privileged group loses one", group(true, false, 500, 499), false, "privilegedLoss cn=g 500 499"},
		{"a privileged group is emptied", group(true, false, 1, 0), false, "privilegedLoss cn=g 1 0"},
		{"a privileged group is gone itself", group(true, true, 2, 0), false, "privilegedLoss cn=g 2 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, h := range brake(c.l, c.config) {
				if got += fmt.Sprint(h.Rule, " ", h.Subject, " ", h.Before, " ", h.After); h.Rule.Title() == "" {
					t.Errorf("the rule %s has no title", h.Rule)
				}
				if want := map[string]iam.HoldSubject{"cn=g": iam.OfGroup, "ou=u": iam.OfUnit}[h.Subject]; h.Rule.About() != cmp.Or(want, iam.OfSource) {
					t.Errorf("%s is said to be about a %s", h.Subject, h.Rule.About())
				}
			}
			if got != c.want {
				t.Errorf("held for %q, want %q", got, c.want)
			}
		})
	}
	all := brake(store.Losses{Accounts: loss(100, 50), Memberships: loss(100, 50), Groups: []store.GroupLoss{{DN: "cn=a", Before: 2}, {DN: "cn=b", Before: 9, After: 8, Privileged: true}}}, true)
	if len(all) != 5 {
		t.Errorf("the list names every reason: %+v", all)
	}
}

// TestHoldHash: a decision is bound to the very list it was made on.
func TestHoldHash(t *testing.T) {
	list := []iam.HoldReason{{Rule: iam.GroupEmptied, Subject: "cn=a", Before: 3}, {Rule: iam.AccountsGone, Subject: "accounts", Before: 10, After: 4}}
	base := holdHash(list, "digest")
	if len(base) != 64 || holdHash(nil, "digest") != "" || holdHash(list, "digest") != base {
		t.Fatalf("%q", base)
	}
	for name, other := range map[string]string{
		"other changes":  holdHash(list, "digest2"),
		"fewer reasons":  holdHash(list[:1], "digest"),
		"other order":    holdHash([]iam.HoldReason{list[1], list[0]}, "digest"),
		"another number": holdHash([]iam.HoldReason{list[0], {Rule: iam.AccountsGone, Subject: "accounts", Before: 10, After: 5}}, "digest"),
		"moved text":     holdHash([]iam.HoldReason{{Rule: iam.GroupEmptied, Subject: "cn=a\" 3 0\n\"accountsGone", Before: 3}, list[1]}, "digest"),
	} {
		if other == base {
			t.Errorf("%s: the same hash", name)
		}
	}
}
