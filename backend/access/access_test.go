package access

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

func edges(pairs ...[2]iam.ID) []Edge {
	var out []Edge
	for _, p := range pairs {
		out = append(out, Edge{Member: p[0], Group: p[1], Since: 1})
	}
	return out
}

func TestPathsReadFromTheGroupTheMemberIsIn(t *testing.T) {
	// 1 -> 10 -> 20 -> 30, and 1 -> 20 directly.
	g := New(edges([2]iam.ID{1, 10}, [2]iam.ID{10, 20}, [2]iam.ID{20, 30}, [2]iam.ID{1, 20}))
	paths, more := g.Paths(1, 30)
	want := [][]iam.ID{{20, 30}, {10, 20, 30}}
	if more || !slices.EqualFunc(paths, want, slices.Equal) {
		t.Fatalf("paths = %v, more = %v; want %v", paths, more, want)
	}
	for _, r := range g.Members(30) {
		if r.ID == 1 && !slices.Equal(r.Path, []iam.ID{20, 30}) {
			t.Fatalf("member 1 reaches 30 by %v, want 20, 30", r.Path)
		}
	}
}

func TestMoreThanAHundredPathsSaySo(t *testing.T) {
	// Ten layers of two groups: 1,024 paths of one length.
	var es []Edge
	es = append(es, edges([2]iam.ID{1, 10}, [2]iam.ID{1, 11})...)
	for l := iam.ID(1); l < 10; l++ {
		for _, a := range []iam.ID{0, 1} {
			for _, b := range []iam.ID{0, 1} {
				es = append(es, Edge{Member: l*10 + a, Group: (l+1)*10 + b})
			}
		}
	}
	es = append(es, edges([2]iam.ID{100, 999}, [2]iam.ID{101, 999})...)
	paths, more := New(es).Paths(1, 999)
	if len(paths) != MostPaths || !more {
		t.Fatalf("%d paths, more = %v; want %d and true", len(paths), more, MostPaths)
	}
}

func TestCycles(t *testing.T) {
	for name, c := range map[string]struct {
		edges []Edge
		want  [][]iam.ID
	}{
		"none":          {edges([2]iam.ID{1, 2}, [2]iam.ID{2, 3}), nil},
		"itself":        {edges([2]iam.ID{5, 5}), [][]iam.ID{{5}}},
		"two":           {edges([2]iam.ID{7, 6}, [2]iam.ID{6, 7}, [2]iam.ID{1, 6}), [][]iam.ID{{6, 7}}},
		"three, others": {edges([2]iam.ID{1, 3}, [2]iam.ID{3, 2}, [2]iam.ID{2, 1}, [2]iam.ID{2, 9}, [2]iam.ID{9, 9}), [][]iam.ID{{1, 3, 2}, {9}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := New(c.edges).Cycles(); !slices.EqualFunc(got, c.want, slices.Equal) {
				t.Fatalf("cycles = %v, want %v", got, c.want)
			}
		})
	}
}

func drawEdges(t *rapid.T) []Edge {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Edge {
		return Edge{Member: iam.ID(rapid.IntRange(1, 9).Draw(t, "member")), Group: iam.ID(rapid.IntRange(4, 9).Draw(t, "group"))}
	}), 0, 24).Draw(t, "edges")
}

// closure is the definition, computed as plainly as possible: the transitive
// closure by repeated squaring of a relation (Warshall).
func closure(es []Edge) map[[2]iam.ID]bool {
	in := map[[2]iam.ID]bool{}
	for _, e := range es {
		in[[2]iam.ID{e.Member, e.Group}] = true
	}
	for k := iam.ID(1); k <= 9; k++ {
		for i := iam.ID(1); i <= 9; i++ {
			for j := iam.ID(1); j <= 9; j++ {
				if in[[2]iam.ID{i, k}] && in[[2]iam.ID{k, j}] {
					in[[2]iam.ID{i, j}] = true
				}
			}
		}
	}
	return in
}

func TestReachIsTheTransitiveClosure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		es := drawEdges(t)
		g, in := New(es), closure(es)
		for id := iam.ID(1); id <= 9; id++ {
			up, down := map[iam.ID]bool{}, map[iam.ID]bool{}
			for _, r := range g.Groups(id) {
				up[r.ID] = true
				checkPath(t, g, id, r.ID, r.Path)
			}
			for _, r := range g.Members(id) {
				down[r.ID] = true
				checkPath(t, g, r.ID, id, r.Path)
			}
			for other := iam.ID(1); other <= 9; other++ {
				if up[other] != in[[2]iam.ID{id, other}] || down[other] != in[[2]iam.ID{other, id}] {
					t.Fatalf("%d and %d: up %v, down %v, closure says %v and %v", id, other, up[other], down[other], in[[2]iam.ID{id, other}], in[[2]iam.ID{other, id}])
				}
			}
		}
	})
}

func checkPath(t *rapid.T, g *Graph, member, group iam.ID, path []iam.ID) {
	at := member
	for _, id := range path {
		if g.Since(at, id) == 0 && !slices.Contains(g.up[at], id) {
			t.Fatalf("path %v of %d: no edge %d -> %d", path, member, at, id)
		}
		at = id
	}
	if at != group || len(path) == 0 {
		t.Fatalf("path %v of %d does not end at %d", path, member, group)
	}
}

func TestPathsAreAllSimplePathsShortestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		es := drawEdges(t)
		g := New(es)
		from, to := iam.ID(rapid.IntRange(1, 9).Draw(t, "from")), iam.ID(rapid.IntRange(4, 9).Draw(t, "to"))
		var want [][]iam.ID
		var walk func(at iam.ID, path []iam.ID)
		walk = func(at iam.ID, path []iam.ID) {
			for _, next := range g.up[at] {
				if slices.Contains(path, next) {
					continue
				}
				p := append(slices.Clone(path), next)
				if next == to {
					want = append(want, p)
					continue
				}
				walk(next, p)
			}
		}
		walk(from, nil)
		got, more := g.Paths(from, to)
		if more != (len(want) > MostPaths) {
			t.Fatalf("more = %v with %d paths", more, len(want))
		}
		if !slices.IsSortedFunc(got, func(a, b []iam.ID) int { return len(a) - len(b) }) {
			t.Fatalf("not shortest first: %v", got)
		}
		if !more {
			slices.SortFunc(want, slices.Compare)
			slices.SortFunc(got, slices.Compare)
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Fatalf("paths = %v, want %v", got, want)
			}
		}
		if len(got) > 0 {
			for _, r := range g.Groups(from) {
				if r.ID == to && len(r.Path) != len(slices.MinFunc(got, func(a, b []iam.ID) int { return len(a) - len(b) })) {
					t.Fatalf("the shortest path has another length than the first of all paths")
				}
			}
		}
	})
}
