package directorytest

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"gatehouse/backend/directory"
)

// Model is what a reader knows after some reads: the records of the objects
// that are there, by their ids.
type Model struct {
	Accounts     map[string]directory.Account
	Entitlements map[string]directory.Entitlement
	Members      map[string][]directory.Member
}

// NewModel is what a reader knows who knows nothing.
func NewModel() *Model {
	return &Model{map[string]directory.Account{}, map[string]directory.Entitlement{}, map[string][]directory.Member{}}
}

// Apply takes in a complete reading as the contract of package directory says,
// and returns the objects that must be read anew because one that they refer to
// by its name is new, gone or renamed.
func (m *Model) Apply(r Reading) (affected []string) {
	before := *m
	if !r.Ends[0].Changes {
		*m = *NewModel()
	} else {
		before.Accounts, before.Entitlements = maps.Clone(m.Accounts), maps.Clone(m.Entitlements)
	}
	for _, record := range r.Records {
		m.take(record, before)
	}
	if !r.Ends[0].Changes {
		return nil
	}
	return m.affected(before)
}

func (m *Model) take(record directory.Record, before Model) {
	switch v := record.(type) {
	case directory.Account:
		m.forget(v.ExternalID)
		m.Accounts[v.ExternalID] = v
	case directory.Entitlement:
		delete(m.Accounts, v.ExternalID)
		m.Entitlements[v.ExternalID] = v
	case directory.Members:
		m.Members[v.ExternalID] = v.Members
	case directory.Deleted:
		m.forget(v.ExternalID)
	case directory.Left:
		m.forget(v.ExternalID)
	case directory.Present:
		if a, ok := before.Accounts[v.ExternalID]; ok {
			m.Accounts[v.ExternalID] = a
		}
		if e, ok := before.Entitlements[v.ExternalID]; ok {
			m.Entitlements[v.ExternalID], m.Members[v.ExternalID] = e, before.Members[v.ExternalID]
		}
	}
}

func (m *Model) forget(id string) {
	delete(m.Accounts, id)
	delete(m.Entitlements, id)
	delete(m.Members, id)
}

// affected are the groups with a member, and whoever names a manager or owner,
// whose name began or ceased to mean an object.
func (m *Model) affected(before Model) (ids []string) {
	was, is := before.refs(), m.refs()
	for id, members := range m.Members {
		if slices.ContainsFunc(members, func(one directory.Member) bool { return was[one.Ref] != is[one.Ref] }) {
			ids = append(ids, id)
		}
	}
	for id, a := range m.Accounts {
		if was[a.Facts.ManagerRef] != is[a.Facts.ManagerRef] || was[a.Facts.OwnerRef] != is[a.Facts.OwnerRef] {
			ids = append(ids, id)
		}
	}
	for id, e := range m.Entitlements {
		if was[e.Facts.OwnerRef] != is[e.Facts.OwnerRef] {
			ids = append(ids, id)
		}
	}
	// Groups that named a renamed object by its old name may name it by its new
	// one now, and then their old record shows no difference: those are found
	// above, since the old name means nothing any more.
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (m *Model) refs() map[string]string {
	refs := map[string]string{}
	for id, a := range m.Accounts {
		for _, ref := range a.Refs {
			refs[ref] = id
		}
	}
	for id, e := range m.Entitlements {
		for _, ref := range e.Refs {
			refs[ref] = id
		}
	}
	return refs
}

// Differences tells in words where two models differ, at most ten times.
func (m *Model) Differences(other *Model) (told []string) {
	compare(&told, "account", m.Accounts, other.Accounts)
	compare(&told, "group", m.Entitlements, other.Entitlements)
	compare(&told, "members of", sorted(m.Members), sorted(other.Members))
	return told[:min(len(told), 10)]
}

func sorted(all map[string][]directory.Member) map[string][]directory.Member {
	out := make(map[string][]directory.Member, len(all))
	for id, members := range all {
		out[id] = slices.SortedFunc(slices.Values(members), func(a, b directory.Member) int {
			return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Value, b.Value))
		})
	}
	return out
}

func compare[T any](told *[]string, what string, a, b map[string]T) {
	for id, one := range a {
		other, ok := b[id]
		switch {
		case !ok:
			*told = append(*told, fmt.Sprintf("%s %s is only in the first: %+v", what, id, one))
		case !reflect.DeepEqual(one, other) && fmt.Sprint(one) != fmt.Sprint(other): // nil and empty lists are alike
			*told = append(*told, fmt.Sprintf("%s %s: %+v\n\tin the second: %+v", what, id, one, other))
		}
	}
	for id, other := range b {
		if _, ok := a[id]; !ok {
			*told = append(*told, fmt.Sprintf("%s %s is only in the second: %+v", what, id, other))
		}
	}
}
