package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

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

// brake is the list of reasons to hold a run, empty if it may be applied. A
// complete read can see less than there is: a lost right on one unit or a swapped
// bind account succeed with fewer rows. Each rule therefore looks at one way in
// which that shows, in percent and in kind.
func brake(l store.Losses, configDiffers bool) []iam.HoldReason {
	var holds []iam.HoldReason
	hold := func(rule iam.HoldRule, subject string, before, after int64) {
		holds = append(holds, iam.HoldReason{Rule: rule, Subject: subject, Before: before, After: after})
	}
	percent := func(rule iam.HoldRule, subject string, x store.Loss, most int64) {
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
		hold(iam.ConfigChanged, "settings", 0, 0)
	}
	percent(iam.AccountsGone, "accounts", l.Accounts, 5)
	percent(iam.EntitlementsGone, "groups", l.Entitlements, 5)
	percent(iam.MembershipsGone, "memberships", l.Memberships, 10)
	percent(iam.StatesFlipped, "enabled states", l.States, 5)
	percent(iam.KeysChanged, "logins and employee numbers", l.Keys, 1)
	for _, u := range l.Units {
		if u.After == 0 && u.Before >= many {
			hold(iam.UnitVanished, u.DN, u.Before, 0)
		}
	}
	for _, g := range l.Groups {
		switch {
		case g.Privileged && g.After < g.Before:
			hold(iam.PrivilegedLoss, g.DN, g.Before, g.After)
		case g.Deleted && g.Before < crowd, g.Gone && g.Before < many:
		case g.Deleted:
			hold(iam.GroupDeleted, g.DN, g.Before, 0)
		case g.Gone:
			hold(iam.GroupGone, g.DN, g.Before, 0)
		case g.After == 0 && g.Before > 1: // the one member of a group goes with the person
			hold(iam.GroupEmptied, g.DN, g.Before, 0)
		case g.Before-g.After >= least && g.After*2 < g.Before:
			hold(iam.GroupHalved, g.DN, g.Before, g.After)
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
