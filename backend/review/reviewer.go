package review

import (
	"context"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// reviewers gives items to people by a rule.
type reviewers struct {
	kind     string
	named    []store.Person
	fallback store.Person
}

func newReviewers(ctx context.Context, r *store.Reader, rule store.ReviewerRule) (*reviewers, error) {
	rs := &reviewers{kind: rule.Kind}
	switch rule.Kind {
	case "managers", "owners":
	case "named":
		if len(rule.Named) == 0 {
			return nil, iam.Errorf(iam.Invalid, "No reviewer is named.").In("reviewers.named").Fix("Name at least one.")
		}
		for _, id := range rule.Named {
			p, err := person(ctx, r, id, "reviewers.named")
			if err != nil {
				return nil, err
			}
			rs.named = append(rs.named, p)
		}
	default:
		return nil, iam.Errorf(iam.Invalid, "There is no rule for reviewers named %q.", rule.Kind).In("reviewers.kind")
	}
	var err error
	if rule.Fallback != 0 {
		rs.fallback, err = person(ctx, r, rule.Fallback, "reviewers.fallback")
	}
	return rs, err
}

// person is an open identity, or Invalid naming the field.
func person(ctx context.Context, r *store.Reader, id iam.ID, field string) (store.Person, error) {
	i, _, err := r.Identity(ctx, id)
	if iam.KindOf(err) == iam.NotFound {
		return store.Person{}, iam.Errorf(iam.Invalid, "There is no identity with the id %s in the directories as they were last read.", id).In(field).Fix("Choose somebody else.")
	}
	return store.Person{ID: i.ID, Name: i.Name}, err
}

// of is who reviews an item, and why. Nobody reviews what any of her own
// accounts has.
func (rs *reviewers) of(item *store.ReviewItem, group int, owner store.Person) (store.Person, iam.Relation) {
	p, relation := owner, iam.ByOwner
	switch rs.kind {
	case "managers":
		p, relation = item.Reviewer, iam.ByManager
	case "named":
		p, relation = rs.named[group%len(rs.named)], iam.ByName
	}
	if p.ID == 0 || p.ID == item.Identity.ID {
		p, relation = rs.fallback, iam.ByFallback
	}
	if p.ID == 0 || p.ID == item.Identity.ID {
		return store.Person{}, iam.Unassigned
	}
	return p, relation
}
