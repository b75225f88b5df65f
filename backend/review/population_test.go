package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// firm is a company in the plainest form: who is a direct member of what.
type firm struct {
	accounts []string
	facts    map[string]iam.AccountFacts
	groups   map[string]iam.EntitlementFacts
	members  map[string][]string // of a group: accounts, groups and what is neither
}

var firmGroups = []string{"g0", "g1", "g2", "g3", "g4"}

// drawFirm makes small companies in which groups contain each other, and
// themselves.
func drawFirm(t *rapid.T, label string) firm {
	f := firm{facts: map[string]iam.AccountFacts{}, groups: map[string]iam.EntitlementFacts{}, members: map[string][]string{}}
	pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label+what) }
	for _, id := range []string{"a0", "a1", "a2", "a3", "a4", "a5"} {
		f.accounts = append(f.accounts, id)
		manager := pick(id+"manager", "", "a0", "a1", "nobody")
		if manager != "" {
			manager = "dn:uid=" + manager
		}
		f.facts[id] = iam.AccountFacts{
			Sort: iam.Sort(pick(id+"sort", "person", "person", "service", "shared")), Enabled: iam.Tri(rapid.SampledFrom([]int{0, 1, 1, -2}).Draw(t, label+id+"enabled")),
			Department: pick(id+"department", "", "Sales", "Labs"), EmployeeNumber: pick(id+"number", "", "7", "8"), ManagerRef: manager,
		}
	}
	for _, id := range firmGroups {
		owner := pick(id+"owner", "", "a0", "a2")
		if owner != "" {
			owner = "dn:uid=" + owner
		}
		f.groups[id] = iam.EntitlementFacts{Privileged: rapid.Bool().Draw(t, label+id+"privileged"), OwnerRef: owner}
		for _, m := range append(append([]string{"lost", "gone"}, firmGroups...), f.accounts...) {
			if rapid.IntRange(0, 3).Draw(t, label+id+m) == 0 {
				f.members[id] = append(f.members[id], m)
			}
		}
	}
	return f
}

func (f firm) records() []directory.Record {
	var out []directory.Record
	for _, id := range f.accounts {
		out = append(out, account(id, "Name of "+id, f.facts[id]))
	}
	for _, id := range firmGroups {
		var members []string
		for _, m := range f.members[id] {
			if strings.HasPrefix(m, "a") {
				members = append(members, "uid="+m)
			} else {
				members = append(members, "cn="+m)
			}
		}
		out = append(out, group(id, f.groups[id], members...)...)
	}
	return out
}

// within is who is in a group, by the definition.
func (f firm) within(group string) map[string]bool {
	in := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for g, members := range f.members {
			for _, m := range members {
				if (g == group || in[g]) && !in[m] {
					in[m], grown = true, true
				}
			}
		}
	}
	return in
}

// grants are what a campaign over the groups holds, in words.
func (f firm) grants(groups []string, effective bool) []string {
	var out []string
	for _, g := range groups {
		for _, m := range f.members[g] {
			switch {
			case strings.HasPrefix(m, "a"):
				out = append(out, g+" direct "+m)
			case strings.HasPrefix(m, "g") && m != "gone":
				out = append(out, g+" group "+m)
			default:
				out = append(out, g+" unresolved cn="+m)
			}
		}
		for m := range f.within(g) {
			if effective && strings.HasPrefix(m, "a") && !slices.Contains(f.members[g], m) {
				out = append(out, g+" effective "+m)
			}
		}
	}
	slices.Sort(out)
	return out
}

// named are the open accounts and groups of a source by name.
func named(t fataler, r *rig, src iam.Source) map[string]iam.ID {
	t.Helper()
	out := map[string]iam.ID{}
	must(t, r.View(ann, func(v *store.Reader) error {
		as, err := v.Accounts(ann, store.AccountFilter{Source: src.ID}, "name", store.Stretch{Most: 100})
		if err != nil {
			return err
		}
		for _, a := range as.Rows {
			out[a.Login] = a.ID
		}
		es, err := v.Entitlements(ann, store.EntitlementFilter{Source: src.ID}, "name", store.Stretch{Most: 100})
		for _, e := range es.Rows {
			out[e.Name] = e.ID
		}
		return err
	}))
	return out
}

// TestPopulationIsTheClosure: at any time, a campaign's grants are the direct
// members of its groups and, if asked for, the accounts of the closure, whatever
// contains what.
func TestPopulationIsTheClosure(t *testing.T) {
	r := newRig(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		src := r.addSource(t, fmt.Sprint("source ", n))
		history := []firm{drawFirm(t, "first "), drawFirm(t, "then ")}
		var seqs []iam.Seq
		for _, f := range history {
			seqs = append(seqs, r.read(t, src, f.records()))
		}
		ids := named(t, r, src)
		names := map[iam.ID]string{}
		for name, id := range ids {
			names[id] = name
		}
		asked := rapid.SliceOfNDistinct(rapid.SampledFrom(firmGroups), 1, 5, rapid.ID[string]).Draw(t, "asked")
		var groups []iam.ID
		for _, g := range asked {
			groups = append(groups, ids[g])
		}
		for i, f := range history {
			for _, effective := range []bool{false, true} {
				var got []string
				must(t, r.View(ann, func(v *store.Reader) error {
					members, err := Population(ann, v, groups, effective, seqs[i])
					for _, m := range members {
						who := m.Value
						if m.Subject != 0 {
							who = names[m.Subject]
						}
						got = append(got, names[m.Entitlement]+" "+string(m.Basis)+" "+who)
						checkMember(t, f, names, m)
					}
					return err
				}))
				slices.Sort(got)
				if want := f.grants(asked, effective); !slices.Equal(got, want) {
					t.Fatalf("step %d, effective %v:\n got %v\nwant %v", i, effective, got, want)
				}
			}
		}
	})
}

// checkMember holds the path and the edge against the company.
func checkMember(t *rapid.T, f firm, names map[iam.ID]string, m Member) {
	if m.Path[len(m.Path)-1] != m.Entitlement || (m.Basis != iam.EffectiveOnly) != (len(m.Path) == 1) || m.Since == 0 {
		t.Fatalf("%+v: the path", m)
	}
	if m.Subject == 0 {
		return
	}
	at := names[m.Subject]
	for _, g := range m.Path {
		if !slices.Contains(f.members[names[g]], at) {
			t.Fatalf("%+v: %s is not in %s", m, at, names[g])
		}
		at = names[g]
	}
	if m.Edge.Member == 0 {
		return
	}
	less := firm{members: maps.Clone(f.members)}
	group, member := names[m.Edge.Group], names[m.Edge.Member]
	less.members[group] = slices.DeleteFunc(slices.Clone(f.members[group]), func(x string) bool { return x == member })
	before, after := f.within(names[m.Entitlement]), less.within(names[m.Entitlement])
	var others int64
	for a := range before {
		if strings.HasPrefix(a, "a") && !after[a] && a != names[m.Subject] {
			others++
		}
	}
	if after[names[m.Subject]] || others != m.Others {
		t.Fatalf("without %s in %s, %s in %s: %v, %d others; want none, %d", member, group, names[m.Subject], names[m.Entitlement], after[names[m.Subject]], others, m.Others)
	}
}
