package access

import "gatehouse/backend/iam"

// Change is a group that a member gained or lost between two graphs, with the
// shortest path by which it is or was in it, and the edge that made the
// difference: the one nearest to the member that only one of the graphs has.
type Change struct {
	Member, Group iam.ID
	Path          []iam.ID // from the group the member is in to Group
	Edge          Edge     // its Since is that of the graph that has it
}

// Compare tells what each of the members is in after and was not in before, and
// the other way round. Both graphs must hold all edges from the members up.
func Compare(before, after *Graph, members []iam.ID) (gained, lost []Change) {
	for _, m := range members {
		gained = append(gained, only(m, after, before)...)
		lost = append(lost, only(m, before, after)...)
	}
	return gained, lost
}

// only are the groups a member is in by one graph and not by the other.
func only(m iam.ID, here, there *Graph) []Change {
	elsewhere := there.reach(m)
	var out []Change
	for _, r := range here.Groups(m) {
		if elsewhere[r.ID] {
			continue
		}
		c := Change{Member: m, Group: r.ID, Path: r.Path}
		from := m
		for _, to := range r.Path {
			if there.Since(from, to) == 0 {
				c.Edge = Edge{Member: from, Group: to, Since: here.Since(from, to)}
				break
			}
			from = to
		}
		out = append(out, c)
	}
	return out
}

func (g *Graph) reach(m iam.ID) map[iam.ID]bool {
	seen := map[iam.ID]bool{}
	for queue := []iam.ID{m}; len(queue) > 0; queue = queue[1:] {
		for _, to := range g.up[queue[0]] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}
