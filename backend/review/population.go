// Package review freezes the grants of groups into campaigns, and says what
// became of them.
package review

import (
	"context"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Member is a grant that a campaign over a group would hold.
type Member struct {
	Entitlement iam.ID
	Subject     iam.ID // an account or a group; 0: unresolved
	Value       string // of an unresolved member
	Unresolved  iam.Unresolved
	Basis       iam.Basis
	Path        []iam.ID // groups from the subject's to the entitlement; one if direct
	MorePaths   bool
	Edge        access.Edge // the membership whose removal alone ends it; zero: no single one does, or unresolved
	Others      int64       // other accounts that would lose the entitlement with it
	Since       iam.Seq     // of the newest edge of the path
}

// Population is every direct grant of the groups as of a Write: accounts,
// nested groups and unresolved members. With effective it is also every account
// that is in a group by nesting only. The order is that of groups, then of ids,
// then of values.
func Population(ctx context.Context, r *store.Reader, groups []iam.ID, effective bool, at iam.Seq) ([]Member, error) {
	return population(ctx, r, groups, effective, at, func(iam.ID, []iam.ID) {})
}

// population also shows every account that is in a group, directly or by
// nesting, whether or not effective asks for them.
func population(ctx context.Context, r *store.Reader, groups []iam.ID, effective bool, at iam.Seq, show func(group iam.ID, accounts []iam.ID)) ([]Member, error) {
	nested, err := r.BelowAt(ctx, at, true, groups...)
	if err != nil {
		return nil, err
	}
	edges, err := r.BelowAt(ctx, at, false, groups...)
	if err != nil {
		return nil, err
	}
	unresolved, err := r.UnresolvedAt(ctx, at, groups)
	if err != nil {
		return nil, err
	}
	isGroup := make(map[iam.ID]bool, len(groups)+len(nested))
	for _, id := range groups {
		isGroup[id] = true
	}
	for _, e := range nested {
		isGroup[e.Member] = true
	}
	g := access.New(edges)
	out := make([]Member, 0, len(edges))
	for _, group := range groups {
		cuts := g.Cuts(group, func(id iam.ID) bool { return !isGroup[id] })
		show(group, cuts.Accounts())
		add := func(id iam.ID, basis iam.Basis) {
			c, _ := cuts.Of(id)
			out = append(out, Member{
				Entitlement: group, Subject: id, Basis: basis, Path: c.Path, MorePaths: c.MorePaths, Edge: c.Edge, Others: c.Others, Since: c.Since,
			})
		}
		for _, id := range cuts.Direct() {
			if isGroup[id] {
				add(id, iam.NestedGroup)
			} else {
				add(id, iam.DirectGrant)
			}
		}
		if effective {
			for _, id := range cuts.Accounts() {
				if g.Since(id, group) == 0 {
					add(id, iam.EffectiveOnly)
				}
			}
		}
		for _, u := range unresolved[group] {
			out = append(out, Member{
				Entitlement: group, Value: u.Value, Unresolved: u.Reason, Basis: iam.UnresolvedGrant, Path: []iam.ID{group}, Since: u.Since,
			})
		}
	}
	return out, nil
}
