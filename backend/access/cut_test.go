package access

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

// In these graphs 1 to 5 are accounts and 6 to 11 groups.
const (
	firstGroup = iam.ID(6)
	lastNode   = iam.ID(11)
)

func isAccount(id iam.ID) bool { return id < firstGroup }

func drawCompany(t *rapid.T) []Edge {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Edge {
		return Edge{
			Member: iam.ID(rapid.IntRange(1, int(lastNode)).Draw(t, "member")), Group: iam.ID(rapid.IntRange(int(firstGroup), int(lastNode)).Draw(t, "group")),
			Since: iam.Seq(rapid.IntRange(1, 4).Draw(t, "since")),
		}
	}), 0, 22, func(e Edge) [2]iam.ID { return [2]iam.ID{e.Member, e.Group} }).Draw(t, "edges")
}

// in is who is in the group, by the definition.
func in(es []Edge, group iam.ID) map[iam.ID]bool {
	out := map[iam.ID]bool{}
	for grown := true; grown; {
		grown = false
		for _, e := range es {
			if (e.Group == group || out[e.Group]) && !out[e.Member] {
				out[e.Member], grown = true, true
			}
		}
	}
	return out
}

// simplePaths counts the ways up that come to nothing twice.
func simplePaths(g *Graph, member, group iam.ID) int {
	n := 0
	var climb func(at iam.ID, been []iam.ID)
	climb = func(at iam.ID, been []iam.ID) {
		for _, next := range g.up[at] {
			if next == group {
				n++
			} else if !slices.Contains(been, next) {
				climb(next, append(slices.Clone(been), next))
			}
		}
	}
	climb(member, []iam.ID{member})
	return n
}

// TestCutsAgainstRemovingEachEdge removes every edge in turn and looks who is
// left.
func TestCutsAgainstRemovingEachEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		es := drawCompany(t)
		g := New(es)
		group := iam.ID(rapid.IntRange(int(firstGroup), int(lastNode)).Draw(t, "asked"))
		c := g.Cuts(group, isAccount)
		before := in(es, group)
		depth := g.distances(group)
		var accounts []iam.ID
		for id := iam.ID(1); id <= lastNode; id++ {
			got, isIn := c.Of(id)
			if isIn != before[id] {
				t.Fatalf("%d in %d: %v, want %v", id, group, isIn, before[id])
			}
			if !isIn {
				continue
			}
			if isAccount(id) {
				accounts = append(accounts, id)
			}
			checkPath(t, g, id, group, got.Path)
			paths, _ := g.Paths(id, group)
			if len(got.Path) != len(paths[0]) || got.MorePaths != (simplePaths(g, id, group) > 1) {
				t.Fatalf("%d in %d: path %v, more %v; all: %v", id, group, got.Path, got.MorePaths, paths)
			}
			since, at := iam.Seq(0), id
			for _, p := range got.Path {
				since, at = max(since, g.Since(at, p)), p
			}
			if got.Since != since {
				t.Fatalf("%d in %d: since %d, want %d", id, group, got.Since, since)
			}
			var want Edge
			var others int64
			for i, e := range es {
				after := in(slices.Delete(slices.Clone(es), i, i+1), group)
				nearer := e.Since == want.Since && depth[e.Group] < depth[want.Group]
				if after[id] || want.Member != 0 && e.Since < want.Since || want.Member != 0 && e.Since == want.Since && !nearer {
					continue
				}
				want, others = e, 0
				for a := iam.ID(1); a < firstGroup; a++ {
					if a != id && before[a] && !after[a] {
						others++
					}
				}
			}
			if got.Edge != want || got.Others != others {
				t.Fatalf("%d in %d: edge %+v and %d others, want %+v and %d", id, group, got.Edge, got.Others, want, others)
			}
		}
		listed := slices.Sorted(slices.Values(c.Accounts()))
		if !slices.Equal(listed, accounts) {
			t.Fatalf("accounts in %d: %v, want %v", group, listed, accounts)
		}
	})
}

func TestCutNamesTheNewestEdgeOnEveryPath(t *testing.T) {
	// 1 and 2 -> 6 -> 7 -> 8; the nesting of 6 in 7 is the newest.
	es := []Edge{{1, 6, 1}, {2, 6, 1}, {3, 7, 1}, {6, 7, 9}, {7, 8, 2}}
	got, _ := New(es).Cuts(8, isAccount).Of(1)
	if want := (Edge{6, 7, 9}); got.Edge != want || got.Others != 1 || got.MorePaths || got.Since != 9 || !slices.Equal(got.Path, []iam.ID{6, 7, 8}) {
		t.Fatalf("%+v", got)
	}
	// In directly, too: no single edge ends it.
	got, _ = New(append(es, Edge{1, 8, 3})).Cuts(8, isAccount).Of(1)
	if got.Edge != (Edge{}) || !got.MorePaths || !slices.Equal(got.Path, []iam.ID{8}) || got.Since != 3 {
		t.Fatalf("%+v", got)
	}
}
