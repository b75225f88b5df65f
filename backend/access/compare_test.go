package access

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

// TestCompare: what was gained and lost is the difference of what each graph
// says alone, and the edge that is named makes the difference.
func TestCompare(t *testing.T) {
	edges := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Edge {
		return Edge{Member: iam.ID(rapid.IntRange(1, 12).Draw(t, "member")), Group: iam.ID(rapid.IntRange(6, 12).Draw(t, "group")), Since: iam.Seq(rapid.IntRange(1, 9).Draw(t, "since"))}
	}), 0, 25)
	rapid.Check(t, func(t *rapid.T) {
		before, after := New(edges.Draw(t, "before")), New(edges.Draw(t, "after"))
		members := []iam.ID{1, 2, 3, 4, 5}
		gained, lost := Compare(before, after, members)
		for _, m := range members {
			check(t, m, before, after, gained)
			check(t, m, after, before, lost)
		}
	})
}

// check holds the changes of a member against the groups it is in by the second
// graph and not by the first.
func check(t *rapid.T, m iam.ID, without, with *Graph, changes []Change) {
	in := func(g *Graph, group iam.ID) bool {
		paths, _ := g.Paths(m, group)
		return len(paths) > 0
	}
	for group := iam.ID(1); group <= 12; group++ {
		i := slices.IndexFunc(changes, func(c Change) bool { return c.Member == m && c.Group == group })
		if want := in(with, group) && !in(without, group); (i >= 0) != want {
			t.Fatalf("member %d, group %d: told %v, want %v", m, group, i >= 0, want)
		}
		if i < 0 {
			continue
		}
		c := changes[i]
		if c.Path[len(c.Path)-1] != group || with.Since(c.Edge.Member, c.Edge.Group) == 0 || without.Since(c.Edge.Member, c.Edge.Group) != 0 {
			t.Fatalf("%+v", c)
		}
	}
}
