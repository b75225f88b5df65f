package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// The brake's rules. A complete read can see less than there is: a lost right
// on one unit or a swapped bind account succeed with fewer rows. Each rule
// therefore looks at one way in which that shows, in percent and in kind.
const (
	accountsGone     = "accountsGone"
	entitlementsGone = "entitlementsGone"
	membershipsGone  = "membershipsGone"
	groupEmptied     = "groupEmptied"
	groupGone        = "groupGone"
	groupDeleted     = "groupDeleted"
	groupHalved      = "groupHalved"
	privilegedLoss   = "privilegedLoss"
	unitVanished     = "unitVanished"
	statesFlipped    = "statesFlipped"
	keysChanged      = "keysChanged"
	configChanged    = "configChanged"
)

// RuleTitles say in words what each rule noticed.
var RuleTitles = map[string]string{
	accountsGone:     "More than 5 % of the accounts are not returned",
	entitlementsGone: "More than 5 % of the groups are not returned",
	membershipsGone:  "More than 10 % of the memberships are gone",
	groupEmptied:     "A group lost all its members",
	groupGone:        "A group with ten members or more is not returned",
	groupDeleted:     "A group with a hundred members or more was deleted in the directory",
	groupHalved:      "A group lost more than half of its members",
	privilegedLoss:   "A privileged group lost members",
	unitVanished:     "A unit that had entries returns none",
	statesFlipped:    "More than 5 % of the accounts changed between enabled and disabled",
	keysChanged:      "More than 1 % of the accounts changed login or employee number",
	configChanged:    "The source's settings changed since the last applied run",
}

// least is how many rows must be concerned before a percentage counts: in a
// small directory one person is many percent.
const least = 5

// many is how many rows a unit, or a group that is not returned itself, must
// have had: a small one goes every day.
const many = 10

// crowd is how many members a group must have had for its deletion to be looked
// at although the directory itself proves it. What is proven is no fault of the
// reading, and may be a mistake all the same.
const crowd = 100

// brake is the list of reasons to hold a run, empty if it may be applied.
func brake(l store.Losses, configDiffers bool) []iam.HoldReason {
	var holds []iam.HoldReason
	hold := func(rule, subject string, before, after int64) {
		holds = append(holds, iam.HoldReason{Rule: rule, Subject: subject, Before: before, After: after})
	}
	percent := func(rule, subject string, x store.Loss, most int64) {
		if gone := x.Gone - x.Proven; gone >= least && gone*100 > x.Before*most {
			hold(rule, subject, x.Before, x.Before-x.Gone)
		}
	}
	for _, g := range l.Groups {
		if g.Deleted && !g.Privileged && g.Before < crowd {
			l.Memberships.Proven += g.Before
		}
	}
	if configDiffers {
		hold(configChanged, "settings", 0, 0)
	}
	percent(accountsGone, "accounts", l.Accounts, 5)
	percent(entitlementsGone, "groups", l.Entitlements, 5)
	percent(membershipsGone, "memberships", l.Memberships, 10)
	percent(statesFlipped, "enabled states", l.States, 5)
	percent(keysChanged, "logins and employee numbers", l.Keys, 1)
	for _, u := range l.Units {
		if u.After == 0 && u.Before >= many {
			hold(unitVanished, u.DN, u.Before, 0)
		}
	}
	for _, g := range l.Groups {
		switch {
		case g.Privileged && g.After < g.Before:
			hold(privilegedLoss, g.DN, g.Before, g.After)
		case g.Deleted && g.Before < crowd, g.Gone && g.Before < many:
		case g.Deleted:
			hold(groupDeleted, g.DN, g.Before, 0)
		case g.Gone:
			hold(groupGone, g.DN, g.Before, 0)
		case g.After == 0 && g.Before > 1: // the one member of a group goes with the person
			hold(groupEmptied, g.DN, g.Before, 0)
		case g.Before-g.After >= least && g.After*2 < g.Before:
			hold(groupHalved, g.DN, g.Before, g.After)
		}
	}
	return holds
}

// holdHash binds a decision to the list it was made on and to the changes
// behind it.
func holdHash(holds []iam.HoldReason, digest string) string {
	if len(holds) == 0 {
		return ""
	}
	h := sha256.New()
	for _, r := range holds {
		_, _ = fmt.Fprintf(h, "%q %q %d %d\n", r.Rule, r.Subject, r.Before, r.After)
	}
	_, _ = fmt.Fprintf(h, "%s\n", digest)
	return hex.EncodeToString(h.Sum(nil))
}
