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
		const size = 9
		var groups []store.GroupAt
		for id := iam.ID(1); id <= size; id++ {
			groups = append(groups, store.GroupAt{ID: id})
		}
		group := rapid.Custom(func(t *rapid.T) iam.ID { return iam.ID(rapid.IntRange(1, size).Draw(t, "group")) })
		cycles := rapid.Bool().Draw(t, "cycles")
		seq := iam.Seq(0)
		var nested, direct []access.Edge
		for range rapid.IntRange(0, 20).Draw(t, "edges") {
			e := access.Edge{Member: group.Draw(t, "member"), Group: group.Draw(t, "group"), Since: seq + 1}
			twice := slices.ContainsFunc(nested, func(x access.Edge) bool { return x.Member == e.Member && x.Group == e.Group })
			if !twice && (cycles || e.Member < e.Group) {
				nested, seq = append(nested, e), seq+1
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
