package reports

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// nest answers which groups a group leads to, and how. What one group leads to
// is found once, so that a million accounts cost no search each.
type nest struct {
	groups map[iam.ID]store.GroupAt
	rank   map[iam.ID]int // by name
	edges  []access.Edge  // groups in groups
	up     map[iam.ID][]access.Edge
	ways   map[iam.ID][]*way
	rings  *access.Graph   // only if there are cycles
	ring   map[iam.ID]bool // groups that lead into a cycle
}

// way is the shortest path from a group to one it leads to, as a chain: the
// group, then the way from the next one. Ways share their ends.
type way struct {
	group iam.ID
	next  *way // nil at the end
	to    iam.ID
	since iam.Seq // of the newest edge
	steps int
	paths int // that lead there, more than MostPaths as MostPaths+1
}

func (x *extract) nesting(ctx context.Context, s source) (*nest, error) {
	groups, err := x.r.GroupsAt(ctx, s.ID, x.span.seq)
	if err != nil {
		return nil, err
	}
	edges, err := x.r.EdgesAt(ctx, s.ID, x.span.seq, true)
	if err != nil {
		return nil, err
	}
	return newNest(groups, edges), nil
}

func newNest(groups []store.GroupAt, edges []access.Edge) *nest {
	n := &nest{
		groups: make(map[iam.ID]store.GroupAt, len(groups)), rank: make(map[iam.ID]int, len(groups)),
		edges: edges, up: map[iam.ID][]access.Edge{}, ways: map[iam.ID][]*way{}, ring: map[iam.ID]bool{},
	}
	for i, g := range groups {
		n.groups[g.ID], n.rank[g.ID] = g, i
	}
	for _, e := range edges {
		n.up[e.Member] = append(n.up[e.Member], e)
	}
	for _, list := range n.up {
		slices.SortFunc(list, func(a, b access.Edge) int { return cmp.Compare(a.Group, b.Group) })
	}
	g := access.New(edges)
	for _, ring := range g.Cycles() {
		for _, id := range ring {
			n.ring[id] = true
			for _, below := range g.Members(id) {
				n.ring[below.ID] = true
			}
		}
	}
	if len(n.ring) > 0 {
		// Paths that begin at a group are those of somebody who is in it alone.
		for id := range n.ring {
			edges = append(edges[:len(edges):len(edges)], access.Edge{Member: -id, Group: id})
		}
		n.rings = access.New(edges)
	}
	return n
}

// from are the ways from a group to all it leads to, itself first.
func (n *nest) from(group iam.ID) []*way {
	if known, ok := n.ways[group]; ok {
		return known
	}
	if n.ring[group] {
		n.ways[group] = n.around(group)
		return n.ways[group]
	}
	out := []*way{{group: group, to: group, steps: 1, paths: 1}}
	best := map[iam.ID]*way{}
	for _, e := range n.up[group] {
		for _, w := range n.from(e.Group) {
			have := best[w.to]
			if have == nil {
				have = &way{group: group, next: w, to: w.to, since: max(e.Since, w.since), steps: w.steps + 1}
				best[w.to] = have
				out = append(out, have)
			} else if w.steps+1 < have.steps { // of equal ones the lower ids count
				have.next, have.since, have.steps = w, max(e.Since, w.since), w.steps+1
			}
			have.paths = capped(have.paths + w.paths)
		}
	}
	n.ways[group] = out
	return out
}

// around is from for a group that leads into a cycle, where paths must be named
// to be counted.
func (n *nest) around(group iam.ID) []*way {
	var out []*way
	for _, reached := range n.rings.Groups(-group) {
		paths, more := n.rings.Paths(-group, reached.ID)
		count := len(paths)
		if more {
			count = access.MostPaths + 1
		}
		var w *way
		for i := len(reached.Path) - 1; i >= 0; i-- {
			here := &way{group: reached.Path[i], next: w, to: reached.ID, steps: 1}
			if w != nil {
				here.steps, here.since = w.steps+1, max(w.since, n.rings.Since(here.group, w.group))
			}
			w = here
		}
		w.paths = count
		out = append(out, w)
	}
	return out
}

func capped(paths int) int { return min(paths, access.MostPaths+1) }

// reach is how many groups the holder of memberships is in, directly or by
// nesting.
func (n *nest) reach(direct []access.Edge) int {
	if len(direct) == 1 {
		return len(n.from(direct[0].Group))
	}
	seen := map[iam.ID]bool{}
	for _, e := range direct {
		for _, w := range n.from(e.Group) {
			seen[w.to] = true
		}
	}
	return len(seen)
}

// reached is one group that a member is in, with its shortest path.
type reached struct {
	*way
	since iam.Seq // of the newest edge, the member's own included
	paths int
}

// of are the groups that the holder of memberships is in, by name.
func (n *nest) of(direct []access.Edge) []reached {
	best := map[iam.ID]reached{}
	for _, e := range direct {
		for _, w := range n.from(e.Group) {
			have, ok := best[w.to]
			if !ok || w.steps < have.steps {
				have.way, have.since = w, max(e.Since, w.since)
			}
			have.paths = capped(have.paths + w.paths)
			best[w.to] = have
		}
	}
	out := make([]reached, 0, len(best))
	for _, r := range best {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b reached) int { return cmp.Compare(n.rank[a.to], n.rank[b.to]) })
	return out
}

// words are a path as people read it.
func (n *nest) words(w *way) string {
	var names []string
	for ; w != nil; w = w.next {
		names = append(names, n.groups[w.group].Name)
	}
	return strings.Join(names, " > ")
}

// holdings are the direct memberships of accounts, by account and group.
type holdings []access.Edge

func (x *extract) holdings(ctx context.Context, s source) (holdings, error) {
	h, err := x.r.EdgesAt(ctx, s.ID, x.span.seq, false)
	slices.SortFunc(h, func(a, b access.Edge) int {
		return cmp.Or(cmp.Compare(a.Member, b.Member), cmp.Compare(a.Group, b.Group))
	})
	return h, err
}

// of are those of one account.
func (h holdings) of(account iam.ID) []access.Edge {
	from, _ := slices.BinarySearchFunc(h, account, func(e access.Edge, id iam.ID) int { return cmp.Compare(e.Member, id) })
	to := from
	for to < len(h) && h[to].Member == account {
		to++
	}
	return h[from:to]
}
