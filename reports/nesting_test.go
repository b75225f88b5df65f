package reports

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// TestNestEqualsTheGraph: what is found once for each group is what a search
// for each pair finds, cycles included.
func TestNestEqualsTheGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cycles := rapid.Bool().Draw(t, "cycles")
		size := iam.ID(9)
		if cycles {
			size = 6 // all paths are named to be counted
		}
		var groups []store.GroupAt
		for id := iam.ID(1); id <= size; id++ {
			groups = append(groups, store.GroupAt{ID: id})
		}
		var seq iam.Seq
		var nested, direct []access.Edge
		for member := iam.ID(1); member <= size; member++ {
			for group := iam.ID(1); group <= size; group++ {
				if (cycles || member < group) && rapid.IntRange(0, 2).Draw(t, "edge") == 0 {
					nested, seq = append(nested, access.Edge{Member: member, Group: group, Since: seq + 1}), seq+1
				}
			}
		}
		for id := range iam.ID(size) {
			if rapid.Bool().Draw(t, "direct") {
				direct, seq = append(direct, access.Edge{Member: 100, Group: id + 1, Since: seq + 1}), seq+1
			}
		}
		g := access.New(slices.Concat(nested, direct))
		n := newNest(groups, nested)
		found := n.of(direct)
		if want := g.Groups(100); len(found) != len(want) || len(direct) > 0 && n.reach(direct) != len(want) {
			t.Fatalf("found %d groups, reach %d, want %d", len(found), n.reach(direct), len(want))
		}
		for _, r := range found {
			paths, more := g.Paths(100, r.to)
			count := len(paths)
			if more {
				count = access.MostPaths + 1
			}
			var path []iam.ID
			for w := r.way; w != nil; w = w.next {
				path = append(path, w.group)
			}
			var since iam.Seq
			member := iam.ID(100)
			for _, id := range paths[0] {
				since, member = max(since, g.Since(member, id)), id
			}
			if !slices.Equal(path, paths[0]) || r.paths != count || r.steps != len(path) || r.since != since {
				t.Fatalf("to %d: %v since %d, %d paths; want %v since %d, %d paths", r.to, path, r.since, r.paths, paths[0], since, count)
			}
		}
	})
}
