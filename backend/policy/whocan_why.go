package policy

import (
	"slices"
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
	d := &s.asked
	s.decide(int32(i), d)
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
	isOpen := s.stampsOf(int32(i))&open != 0
	s.ascend(u.groups, func(r *rung) {
		if isOpen {
			out = s.applying(&s.groups[r.group].holding, int32(i), effect, r.via, out)
		} else {
			out = append(out, s.settled(r, effect)...)
		}
	})
	for _, m := range d.Matched {
		if m.Effect == effect && (m.Layer.Kind == LayerResource || effect == Deny) {
			out = append(out, Reason{m.Layer, s.policies.set.At(m).Name, m.Statement, m.Effect, ""})
		}
	}
	return out
}

// applying adds the statements of an effect that hang on a user or group and
// apply to the user.
func (s *search) applying(of *holding, i int32, effect Effect, via string, out []Reason) []Reason {
	for n, document := range of.documents {
		hits := s.hitsIn(document)
		for at := range hits {
			h := &hits[at]
			if h.effect != effect || h.applies == unsure && !s.appliesTo(h, i) {
				continue
			}
			out = append(out, Reason{Layer{Kind: LayerIdentity}, of.own[n].Name, h.statement, effect, via})
		}
	}
	return out
}

func (s *search) appliesTo(h *hit, i int32) bool {
	r := s.requestOf(i)
	return h.appliesTo(&s.resource, &r.Context) == yes
}

// rung is a group on the way up from another, and how it is reached.
type rung struct {
	group   int32
	depth   int
	via     string
	reasons [2]*[]Reason // the reasons that allow, and those that deny, where the caller decides nothing; nil before they are asked for
}

// settled are the reasons of a group where the caller decides nothing.
func (s *search) settled(r *rung, effect Effect) []Reason {
	n := 0
	if effect == Deny {
		n = 1
	}
	if r.reasons[n] == nil {
		list := s.applying(&s.groups[r.group].holding, -1, effect, r.via, nil)
		r.reasons[n] = &list
	}
	return *r.reasons[n]
}

// ladder is the way up from a group: what climb visits. It is remembered, as
// many users share it.
func (s *search) ladder(from int32) []rung {
	if s.ladders == nil {
		s.ladders, s.seen = make([][]rung, len(s.groups)), make([]int32, len(s.groups))
	}
	if s.ladders[from] == nil {
		list := []rung{}
		s.climb(from, func(g int32, depth int, via string) {
			list = append(list, rung{group: g, depth: depth, via: via})
		})
		s.ladders[from] = list
	}
	return s.ladders[from]
}

// ascend visits groups and those above them as climb does from one: the nearest
// first, each once.
func (s *search) ascend(from []int32, visit func(*rung)) {
	s.round++
	at := make([]int, len(from))
	for depth, more := 0, true; more; depth++ {
		more = false
		for n, g := range from {
			ladder := s.ladder(g)
			for ; at[n] < len(ladder) && ladder[at[n]].depth == depth; at[n]++ {
				if r := &ladder[at[n]]; s.seen[r.group] != s.round {
					s.seen[r.group] = s.round
					visit(r)
				}
			}
			more = more || at[n] < len(ladder)
		}
	}
}

// climb visits a group and those above it, the nearest first, each once, and
// tells the shortest way there. Groups above which nothing applies are left
// out.
func (s *search) climb(from int32, visit func(g int32, depth int, via string)) {
	type step struct {
		group int32
		depth int
		via   string
	}
	var steps []step
	seen := map[int32]bool{}
	reach := func(groups []int32, depth int, via string) {
		for _, g := range groups {
			if !seen[g] && s.stamps[g] != 0 {
				seen[g] = true
				steps = append(steps, step{g, depth, via + s.groups[g].name})
			}
		}
	}
	reach([]int32{from}, 0, "group:")
	for n := 0; n < len(steps); n++ {
		at := steps[n]
		visit(at.group, at.depth, at.via)
		reach(s.groups[at.group].parents, at.depth+1, at.via+">")
	}
}
