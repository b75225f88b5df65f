package review

import (
	"context"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// peers counts, of the people of each department, who has an entitlement:
// directly or by nesting, whatever a campaign freezes.
type peers struct {
	people  map[iam.ID]store.Team // enabled
	teams   map[store.Team]int64
	holders map[holding]int64
}

// holding is the people of a team who have an entitlement.
type holding struct {
	team        store.Team
	entitlement iam.ID
}

func newPeers(ctx context.Context, r *store.Reader) (*peers, error) {
	p := &peers{teams: map[store.Team]int64{}, holders: map[holding]int64{}}
	var err error
	if p.people, err = r.People(ctx); err != nil {
		return nil, err
	}
	for _, t := range p.people {
		p.teams[t]++
	}
	return p, nil
}

// count adds the accounts that are in a group.
func (p *peers) count(group iam.ID, accounts []iam.ID) {
	for _, id := range accounts {
		if t, counts := p.people[id]; counts {
			p.holders[holding{t, group}]++
		}
	}
}

// of is how many of the people an account is compared with have an entitlement,
// and how many they are: none for groups, for service and shared accounts, and
// without a department. A person counts as one of them.
func (p *peers) of(s store.Subject, entitlement iam.ID) (have, all int64) {
	if s.Sort != iam.Person {
		return 0, 0
	}
	t := store.Team{Source: s.SourceID, Department: s.Department}
	return p.holders[holding{t, entitlement}], p.teams[t]
}
