package file

import (
	"context"
	"slices"

	"gatehouse/backend/directory"
	"gatehouse/reports/sheet"
)

// sampler keeps a few accounts that differ from each other: one that is
// disabled, one that leaves, one without a manager.
type sampler struct {
	accounts []directory.Account
	traits   map[string]bool
	groups   map[string]int    // by id
	refs     map[string]int    // groups by reference, where groups list members
	managers map[string]string // names by reference
}

func newSampler() *sampler {
	return &sampler{traits: map[string]bool{}, groups: map[string]int{}, refs: map[string]int{}, managers: map[string]string{}}
}

// see takes an account that shows something new, or while there are few.
func (s *sampler) see(a directory.Account) {
	if s.managers[a.Refs[0]] == "" && len(s.managers) < 100_000 {
		for _, ref := range a.Refs {
			s.managers[ref] = a.Facts.Name
		}
	}
	f := a.Facts
	fresh := false
	for _, trait := range []string{
		"enabled " + f.Enabled.String(), "end " + f.EndDate.State(), "start " + f.StartDate.State(), "sort " + string(f.Sort),
		map[bool]string{true: "managed", false: "unmanaged"}[f.ManagerRef != ""], "department " + map[bool]string{true: "some", false: "none"}[f.Department != ""],
	} {
		if !s.traits[trait] {
			s.traits[trait], fresh = true, true
		}
	}
	switch {
	case len(s.accounts) < mostSamples:
		s.accounts = append(s.accounts, a)
	case fresh:
		s.accounts[mostSamples-1] = a
	}
}

// members counts the groups of those kept and of those that come later.
func (s *sampler) members(m directory.Members) {
	for _, one := range m.Members {
		if len(s.refs) < 100_000 {
			s.refs[one.Ref]++
		}
	}
}

// nameManagers finds the names of managers that came after too many others.
func (s *sampler) nameManagers(ctx context.Context, p *interpreter) error {
	var wanted []string
	for _, a := range s.accounts {
		if ref := a.Facts.ManagerRef; ref != "" && s.managers[ref] == "" {
			wanted = append(wanted, ref)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	_, err := p.walk(ctx, func(row sheet.Row) error {
		for _, ref := range p.read(row).account.Refs {
			if slices.Contains(wanted, ref) {
				s.managers[ref] = p.read(row).account.Facts.Name
			}
		}
		return nil
	})
	return err
}

func (s *sampler) list() []directory.Sample {
	var out []directory.Sample
	for _, a := range s.accounts {
		n := s.groups[a.ExternalID]
		for _, ref := range a.Refs {
			n += s.refs[ref]
		}
		out = append(out, directory.Sample{Account: a, Groups: n, Manager: s.managers[a.Facts.ManagerRef]})
	}
	return out
}
