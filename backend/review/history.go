package review

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// now is after every Write.
const now = iam.Open - 1

// history is who was in which group since a campaign was frozen, as its
// source's reads tell.
type history struct {
	own    map[iam.ID][]edge // of each member
	nested map[iam.ID][]edge // of each group, the groups in it
	ends   []iam.Seq         // Writes that ended an edge or its last doubt, newest first
	below  map[at]map[iam.ID]bool
}

// edge is a membership. Between the end of its span and proven it is not
// returned, but nothing proves that it is gone.
type edge struct {
	store.EdgeSpan
	proven iam.Seq
}

// at is a question: which groups were in a group after a Write. With doubt,
// those count whose absence nothing proves.
type at struct {
	group iam.ID
	seq   iam.Seq
	doubt bool
}

// newHistory reads what happened to the members of groups since a Write.
func newHistory(ctx context.Context, r *store.Reader, since iam.Seq, members, groups []iam.ID) (*history, error) {
	spans, err := r.EdgeSpans(ctx, since, members, groups)
	if err != nil {
		return nil, err
	}
	var ended []iam.ID
	for _, e := range spans {
		if e.Until != iam.Open {
			ended = append(ended, e.Member, e.Group)
		}
	}
	slices.Sort(ended)
	returned, err := r.Returned(ctx, slices.Compact(ended))
	if err != nil {
		return nil, err
	}
	unresolved, err := r.Gained(ctx, store.GainedUnresolved, since)
	if err != nil {
		return nil, err
	}
	isMember := map[iam.ID]bool{}
	for _, id := range members {
		isMember[id] = true
	}
	h := &history{own: map[iam.ID][]edge{}, nested: map[iam.ID][]edge{}, below: map[at]map[iam.ID]bool{}}
	for _, s := range spans {
		e := edge{s, s.Until}
		if s.Until != iam.Open {
			e.proven = provenBy(s, returned, unresolved)
			h.ends = append(h.ends, s.Until)
			if e.proven != iam.Open {
				h.ends = append(h.ends, e.proven)
			}
		}
		if s.Nested {
			h.nested[s.Group] = append(h.nested[s.Group], e)
		}
		if isMember[s.Member] {
			h.own[s.Member] = append(h.own[s.Member], e)
		}
	}
	slices.SortFunc(h.ends, func(a, b iam.Seq) int { return cmp.Compare(b, a) })
	h.ends = slices.Compact(h.ends)
	return h, nil
}

// provenBy is the Write that proves an edge gone, Open if none does. A read
// returns the whole list of a group's members, so a list without the member
// proves it, even where the member itself is not returned any more; unless the
// list gained a value in the same read that is no entry of ours, for that may be
// the member, out of sight. Else it is a later read that returns both ends and
// not the edge.
func provenBy(e store.EdgeSpan, returned map[iam.ID][]store.Span, unresolved map[iam.ID]map[iam.Seq]bool) iam.Seq {
	member, group := returned[e.Member], returned[e.Group]
	if covers(group, e.Until) && !unresolved[e.Group][e.Until] {
		return e.Until
	}
	best := iam.Open
	for _, m := range member {
		for _, g := range group {
			if both := max(e.Until, m.Since, g.Since); both < min(m.Until, g.Until) {
				best = min(best, both)
			}
		}
	}
	return best
}

func covers(spans []store.Span, seq iam.Seq) bool {
	return slices.ContainsFunc(spans, func(s store.Span) bool { return s.At(seq) })
}

func (e edge) there(seq iam.Seq, doubt bool) bool {
	if doubt {
		return e.Since <= seq && seq < e.proven
	}
	return e.At(seq)
}

// in says whether a member was in a group after a Write, directly or by
// nesting. With doubt it says whether nothing proves that it was not.
func (h *history) in(member, group iam.ID, seq iam.Seq, doubt bool) bool {
	for _, e := range h.own[member] {
		if e.there(seq, doubt) && (e.Group == group || h.groupsBelow(group, seq, doubt)[e.Group]) {
			return true
		}
	}
	return false
}

func (h *history) groupsBelow(group iam.ID, seq iam.Seq, doubt bool) map[iam.ID]bool {
	k := at{group, seq, doubt}
	if known, ok := h.below[k]; ok {
		return known
	}
	seen := map[iam.ID]bool{group: true}
	for queue := []iam.ID{group}; len(queue) > 0; queue = queue[1:] {
		for _, e := range h.nested[queue[0]] {
			if e.there(seq, doubt) && !seen[e.Member] {
				seen[e.Member] = true
				queue = append(queue, e.Member)
			}
		}
	}
	h.below[k] = seen
	return seen
}

// left is the newest Write up to a Write that took a member out of a group, 0
// if none did since the history begins.
func (h *history) left(member, group iam.ID, until iam.Seq, doubt bool) iam.Seq {
	for _, seq := range h.ends { // newest first: after it, nothing more was lost
		if seq <= until && h.in(member, group, seq-1, doubt) {
			return seq
		}
	}
	return 0
}

// leftDirectly is the newest Write up to a Write that ended a member's direct
// membership of a group, 0 if none did.
func (h *history) leftDirectly(member, group iam.ID, until iam.Seq) iam.Seq {
	last := iam.Seq(0)
	for _, e := range h.own[member] {
		if e.Group == group && e.Until <= until {
			last = max(last, e.Until)
		}
	}
	return last
}

// joinedDirectly is the newest Write up to a Write that made a member one of the
// group's own, 0 if none did.
func (h *history) joinedDirectly(member, group iam.ID, until iam.Seq) iam.Seq {
	last := iam.Seq(0)
	for _, e := range h.own[member] {
		if e.Group == group && e.Since <= until {
			last = max(last, e.Since)
		}
	}
	return last
}
