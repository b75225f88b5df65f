package policy

import (
	"slices"
	"strconv"
	"strings"
)

// Reason is a statement that allows or denies, and how it reaches a user.
type Reason struct {
	Layer     Layer
	Policy    string // its name
	Statement int    // index in its document
	Effect    Effect
	Via       string // "user", or "group:child>parent>…" from the user's own group to that of the policy; "" where it bears on everyone
}

// Why says which statements allow a user, or deny it.
func (c *Crowd) Why(name string) []Reason {
	s := c.search
	i, found := slices.BinarySearchFunc(s.users, name, func(u user, name string) int { return strings.Compare(u.name, name) })
	if !found {
		return nil
	}
	var d Decision
	s.decide(int32(i), &d)
	effect := Allow
	switch d.Verdict {
	case ExplicitlyDenied:
		effect = Deny
	case Allowed:
	default:
		return nil
	}
	u := &s.users[i]
	out := s.applying(&u.holding, int32(i), effect, "user", nil)
	if s.stampsOf(int32(i))&open == 0 {
		out = append(out, s.settled(u.groups, effect)...)
	} else {
		s.climb(u.groups, func(g int32, via string) {
			out = s.applying(&s.groups[g].holding, int32(i), effect, via, out)
		})
	}
	for _, m := range d.Matched {
		if m.Effect == effect && (m.Layer.Kind == LayerResource || effect == Deny) {
			out = append(out, Reason{m.Layer, s.policies.set.At(m).Name, m.Statement, m.Effect, ""})
		}
	}
	return out
}

// applying adds the statements of an effect that hang on a user or group and
// apply to the user.
func (s *search) applying(h *holding, i int32, effect Effect, via string, out []Reason) []Reason {
	for n, document := range h.documents {
		for _, hit := range s.hitsIn(document) {
			p := &s.placed[hit.statement]
			if p.effect != effect || hit.applies == unsure && !s.appliesTo(p, i) {
				continue
			}
			out = append(out, Reason{Layer{Kind: LayerIdentity}, h.own[n].Name, p.statement, effect, via})
		}
	}
	return out
}

func (s *search) appliesTo(p *placed, i int32) bool {
	r := s.requestOf(i)
	var missing []string
	return p.applies(&s.resource, &r.Context, &missing) == yes
}

// settled are the reasons of groups where the caller decides nothing; users of
// the same groups share them.
func (s *search) settled(groups []int32, effect Effect) []Reason {
	var key strings.Builder
	key.WriteByte(byte(effect))
	for _, g := range groups {
		key.WriteString(strconv.Itoa(int(g)))
		key.WriteByte(' ')
	}
	out, known := s.reasons[key.String()]
	if !known {
		s.climb(groups, func(g int32, via string) {
			out = s.applying(&s.groups[g].holding, -1, effect, via, out)
		})
		s.reasons[key.String()] = out
	}
	return out
}

// climb visits groups and those above them, the nearest first, each once, and
// tells the shortest way there. Groups above which nothing applies are left
// out.
func (s *search) climb(from []int32, visit func(g int32, via string)) {
	type step struct {
		group int32
		via   string
	}
	var steps []step
	seen := map[int32]bool{}
	reach := func(groups []int32, via string) {
		for _, g := range groups {
			if !seen[g] && s.stamps[g] != 0 {
				seen[g] = true
				steps = append(steps, step{g, via + s.groups[g].name})
			}
		}
	}
	reach(from, "group:")
	for n := 0; n < len(steps); n++ {
		visit(steps[n].group, steps[n].via)
		reach(s.groups[steps[n].group].parents, steps[n].via+">")
	}
}
