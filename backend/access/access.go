// Package access answers who is in what and why over a given set of edges. It
// is pure: it keeps no state and knows no store; who asks brings the edges the
// question needs.
package access

import (
	"cmp"
	"container/heap"
	"slices"

	"gatehouse/backend/iam"
)

// Edge says that Member is a direct member of Group since a Write.
type Edge struct {
	Member, Group iam.ID
	Since         iam.Seq
}

// MostPaths is how many paths are named for one pair; past it a caller is told
// that there are more.
const MostPaths = 100

// Graph is a set of edges made ready for questions. It may hold cycles.
type Graph struct {
	up   map[iam.ID][]iam.ID // member -> groups, ascending
	down map[iam.ID][]iam.ID // group -> members, ascending
	edge map[[2]iam.ID]iam.Seq
}

// New makes a graph. Edges given twice count once.
func New(edges []Edge) *Graph {
	g := &Graph{
		up: make(map[iam.ID][]iam.ID), down: make(map[iam.ID][]iam.ID),
		edge: make(map[[2]iam.ID]iam.Seq, len(edges)),
	}
	for _, e := range edges {
		k := [2]iam.ID{e.Member, e.Group}
		if _, twice := g.edge[k]; twice {
			continue
		}
		g.edge[k] = e.Since
		g.up[e.Member] = append(g.up[e.Member], e.Group)
		g.down[e.Group] = append(g.down[e.Group], e.Member)
	}
	for _, m := range []map[iam.ID][]iam.ID{g.up, g.down} {
		for _, ids := range m {
			slices.Sort(ids)
		}
	}
	return g
}

// Since is the Write that opened the edge, 0 if there is none.
func (g *Graph) Since(member, group iam.ID) iam.Seq { return g.edge[[2]iam.ID{member, group}] }

// Groups are the groups a member is in, directly or by nesting, each with its
// shortest path, nearest first. A path lists groups from the one the member is
// in to the one reached; its length is the number of steps, and 1 is direct. A
// group in a cycle reaches itself.
func (g *Graph) Groups(member iam.ID) []Reached { return walk(g.up, member, false) }

// Members are the accounts and groups that are in a group, directly or by
// nesting, nearest first. Their paths read upwards, too: from the group the
// member is in to the group asked about.
func (g *Graph) Members(group iam.ID) []Reached { return walk(g.down, group, true) }

// Reached is one end of a path.
type Reached struct {
	ID   iam.ID
	Path []iam.ID
}

// walk goes breadth first, so the first path found to a node is a shortest one.
func walk(next map[iam.ID][]iam.ID, start iam.ID, downwards bool) []Reached {
	var out []Reached
	seen := make(map[iam.ID]bool)
	type at struct {
		id   iam.ID
		path []iam.ID
	}
	queue := []at{{start, nil}}
	if downwards {
		queue[0].path = []iam.ID{start}
	}
	for len(queue) > 0 {
		here := queue[0]
		queue = queue[1:]
		for _, id := range next[here.id] {
			if seen[id] {
				continue
			}
			seen[id] = true
			if downwards {
				out = append(out, Reached{id, here.path})
				queue = append(queue, at{id, append([]iam.ID{id}, here.path...)})
			} else {
				path := append(slices.Clone(here.path), id)
				out = append(out, Reached{id, path})
				queue = append(queue, at{id, path})
			}
		}
	}
	return out
}

// Paths are the simple paths by which a member reaches a group, shortest first,
// at most MostPaths; more says that there are others. Equal lengths are ordered
// by id, so the answer is the same every time.
func (g *Graph) Paths(member, group iam.ID) (paths [][]iam.ID, more bool) {
	left := g.distances(group)
	queue := &pathQueue{}
	extend := func(p []iam.ID, from iam.ID) {
		for _, id := range g.up[from] {
			d, leads := left[id]
			if leads && !slices.Contains(p, id) {
				next := append(slices.Clone(p), id)
				heap.Push(queue, partial{next, len(next) + d})
			}
		}
	}
	extend(nil, member)
	// In a graph without cycles every step leads to a path; with cycles some
	// end nowhere, and their number is bounded here.
	for steps := 0; queue.Len() > 0; steps++ {
		if steps > 200_000 {
			return paths, true
		}
		p := heap.Pop(queue).(partial)
		if last := p.ids[len(p.ids)-1]; last != group {
			extend(p.ids, last)
			continue
		}
		if len(paths) == MostPaths {
			return paths, true
		}
		paths = append(paths, p.ids)
	}
	return paths, false
}

// distances is how many steps each node is below the group.
func (g *Graph) distances(group iam.ID) map[iam.ID]int {
	left := map[iam.ID]int{group: 0}
	for queue := []iam.ID{group}; len(queue) > 0; queue = queue[1:] {
		for _, id := range g.down[queue[0]] {
			if _, seen := left[id]; !seen {
				left[id] = left[queue[0]] + 1
				queue = append(queue, id)
			}
		}
	}
	return left
}

// partial is the beginning of a path with the least length it can end with.
type partial struct {
	ids   []iam.ID
	least int
}

type pathQueue []partial

func (q pathQueue) Len() int      { return len(q) }
func (q pathQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q pathQueue) Less(i, j int) bool {
	if c := cmp.Compare(q[i].least, q[j].least); c != 0 {
		return c < 0
	}
	return slices.Compare(q[i].ids, q[j].ids) < 0
}
func (q *pathQueue) Push(x any) { *q = append(*q, x.(partial)) }
func (q *pathQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// Cycles are the sets of groups that contain each other, and groups that
// contain themselves, each in the order of one way around, starting at its
// lowest id. (Tarjan's strongly connected components, without recursion.)
func (g *Graph) Cycles() [][]iam.ID {
	nodes := make([]iam.ID, 0, len(g.up))
	for id := range g.up {
		nodes = append(nodes, id)
	}
	slices.Sort(nodes)
	var out [][]iam.ID
	index, low := map[iam.ID]int{}, map[iam.ID]int{}
	onStack := map[iam.ID]bool{}
	var stack []iam.ID
	type frame struct {
		id   iam.ID
		next int
	}
	for _, root := range nodes {
		if _, done := index[root]; done {
			continue
		}
		frames := []frame{{root, 0}}
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			if f.next == 0 {
				index[f.id], low[f.id] = len(index), len(index)
				stack, onStack[f.id] = append(stack, f.id), true
			}
			if f.next < len(g.up[f.id]) {
				to := g.up[f.id][f.next]
				f.next++
				if _, seen := index[to]; !seen {
					frames = append(frames, frame{to, 0})
				} else if onStack[to] {
					low[f.id] = min(low[f.id], index[to])
				}
				if f.next > 0 {
					continue
				}
			}
			if low[f.id] == index[f.id] {
				at := slices.Index(stack, f.id)
				set := slices.Clone(stack[at:])
				stack = stack[:at]
				for _, id := range set {
					onStack[id] = false
				}
				if len(set) > 1 || slices.Contains(g.up[f.id], f.id) {
					out = append(out, g.around(set))
				}
			}
			done := f.id
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				parent := frames[len(frames)-1].id
				low[parent] = min(low[parent], low[done])
			}
		}
	}
	slices.SortFunc(out, func(a, b []iam.ID) int { return cmp.Compare(a[0], b[0]) })
	return out
}

// around orders a strongly connected set: a shortest way from its lowest id
// back to it first, then what is left, ascending.
func (g *Graph) around(set []iam.ID) []iam.ID {
	start := slices.Min(set)
	inside := func(id iam.ID) bool { return slices.Contains(set, id) }
	from := map[iam.ID]iam.ID{}
	way := []iam.ID{start}
search:
	for queue := []iam.ID{start}; len(queue) > 0; queue = queue[1:] {
		for _, to := range g.up[queue[0]] {
			if to == start {
				way = way[:0]
				for id := queue[0]; id != start; id = from[id] {
					way = append(way, id)
				}
				way = append(way, start)
				slices.Reverse(way)
				break search
			}
			if _, seen := from[to]; !seen && inside(to) {
				from[to] = queue[0]
				queue = append(queue, to)
			}
		}
	}
	slices.Sort(set)
	for _, id := range set {
		if !slices.Contains(way, id) {
			way = append(way, id)
		}
	}
	return way
}
