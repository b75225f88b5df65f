package access

import (
	"slices"

	"gatehouse/backend/iam"
)

// Cuts answers, for one group, how each member is in it and which one edge
// would end that.
//
// An edge lies on every path to a member exactly if it leads into a node that
// dominates the member, seen downwards from the group, and is the only way into
// that node. So one dominator tree of the groups below answers for all members;
// accounts hang on it as leaves, because nothing is in an account.
type Cuts struct {
	g       *Graph
	group   iam.ID
	account func(iam.ID) bool

	at       map[iam.ID]int // group -> its place below
	ids      []iam.ID       // groups below, nearest first; the first is the group itself
	nearer   []int          // the next group of a shortest path
	newest   []iam.Seq      // edge of that path
	order    []int          // of a walk that comes to each group after one that leads to it
	rank     []int          // in order
	above    []int          // immediate dominator
	cut      []int          // group whose only way in is the edge to remove; -1: none
	one      []bool         // there is one path only
	below    []int64        // accounts that a group dominates
	accounts []iam.ID       // in any of the groups, nearest first
}

// Cut is how one member is in a group.
type Cut struct {
	Path      []iam.ID // a shortest one, from the group the member is in to the group asked about
	MorePaths bool
	Since     iam.Seq // the Write that opened the newest edge of Path
	Edge      Edge    // the newest of the edges that alone would end it, zero if there is none
	Others    int64   // other accounts that would lose the group with Edge
}

// Cuts looks at everything below a group. account tells accounts from groups.
func (g *Graph) Cuts(group iam.ID, account func(iam.ID) bool) *Cuts {
	c := &Cuts{g: g, group: group, account: account, at: map[iam.ID]int{group: 0}, ids: []iam.ID{group}, nearer: []int{-1}, newest: []iam.Seq{0}}
	seen := map[iam.ID]bool{}
	for i := 0; i < len(c.ids); i++ {
		for _, id := range g.down[c.ids[i]] {
			if account(id) {
				if !seen[id] {
					seen[id] = true
					c.accounts = append(c.accounts, id)
				}
			} else if _, known := c.at[id]; !known {
				c.at[id] = len(c.ids)
				c.ids = append(c.ids, id)
				c.nearer = append(c.nearer, i)
				c.newest = append(c.newest, max(c.newest[i], g.Since(id, c.ids[i])))
			}
		}
	}
	c.sort()
	c.dominate()
	c.bridge()
	return c
}

// Accounts are the accounts in the group, directly or by nesting.
func (c *Cuts) Accounts() []iam.ID { return c.accounts }

// Direct are the direct members of the group, ascending.
func (c *Cuts) Direct() []iam.ID { return c.g.down[c.group] }

// sort numbers the groups in reverse postorder.
func (c *Cuts) sort() {
	n := len(c.ids)
	c.order, c.rank = make([]int, 0, n), make([]int, n)
	entered, next := make([]bool, n), make([]int, n)
	entered[0] = true
	for stack := []int{0}; len(stack) > 0; {
		here := stack[len(stack)-1]
		members := c.g.down[c.ids[here]]
		if next[here] == len(members) {
			c.order = append(c.order, here)
			stack = stack[:len(stack)-1]
			continue
		}
		to, group := c.at[members[next[here]]]
		next[here]++
		if group && !entered[to] {
			entered[to] = true
			stack = append(stack, to)
		}
	}
	slices.Reverse(c.order)
	for r, i := range c.order {
		c.rank[i] = r
	}
}

// dominate finds each group's immediate dominator (Cooper, Harvey and Kennedy:
// repeated until nothing changes, twice where there are no cycles).
func (c *Cuts) dominate() {
	c.above = make([]int, len(c.ids))
	for i := range c.above {
		c.above[i] = -1
	}
	c.above[0] = 0
	for changed := true; changed; {
		changed = false
		for _, i := range c.order[1:] {
			to := -1
			for _, id := range c.g.up[c.ids[i]] {
				if p, below := c.at[id]; below && c.above[p] >= 0 {
					to = c.meet(to, p)
				}
			}
			if c.above[i] != to {
				c.above[i], changed = to, true
			}
		}
	}
}

// meet is the nearest group that dominates both; -1 stands for no group yet.
func (c *Cuts) meet(a, b int) int {
	if a < 0 {
		return b
	}
	for a != b {
		for c.rank[a] > c.rank[b] {
			a = c.above[a]
		}
		for c.rank[b] > c.rank[a] {
			b = c.above[b]
		}
	}
	return a
}

// bridge finds the edges that are the only way into a group, from the group
// asked about downwards, and counts the accounts behind them.
func (c *Cuts) bridge() {
	n := len(c.ids)
	c.cut, c.one, c.below = make([]int, n), make([]bool, n), make([]int64, n)
	c.cut[0], c.one[0] = -1, true
	for _, i := range c.order[1:] {
		up := c.above[i]
		c.cut[i] = c.cut[up]
		if c.onlyWay(i) {
			c.one[i] = c.one[up]
			if c.cut[up] < 0 || c.g.Since(c.ids[i], c.ids[up]) > c.edge(c.cut[up]).Since {
				c.cut[i] = i
			}
		}
	}
	for _, id := range c.accounts {
		at, _ := c.entry(id)
		c.below[at]++
	}
	for _, i := range slices.Backward(c.order[1:]) {
		c.below[c.above[i]] += c.below[i]
	}
}

// onlyWay reports whether a group can be come to only from its dominator: all
// other groups it is in are themselves below it.
func (c *Cuts) onlyWay(i int) bool {
	from := false
	for _, id := range c.g.up[c.ids[i]] {
		p, below := c.at[id]
		switch {
		case !below:
		case p == c.above[i]:
			from = true
		case c.meet(i, p) != i:
			return false
		}
	}
	return from
}

func (c *Cuts) edge(i int) Edge {
	member, group := c.ids[i], c.ids[c.above[i]]
	return Edge{member, group, c.g.Since(member, group)}
}

// entry is what dominates a member that is no group below: its one group here,
// or where its groups meet; -1 if it is in none.
func (c *Cuts) entry(member iam.ID) (at int, one bool) {
	at = -1
	n := 0
	for _, id := range c.g.up[member] {
		if p, below := c.at[id]; below {
			at = c.meet(at, p)
			n++
		}
	}
	return at, n == 1
}

// Of is how a member is in the group, false if it is not.
func (c *Cuts) Of(member iam.ID) (Cut, bool) {
	i, below := c.at[member]
	if below && i > 0 {
		v := Cut{MorePaths: !c.one[i]}
		c.shortest(&v, member)
		if i := c.cut[i]; i >= 0 {
			v.Edge, v.Others = c.edge(i), c.below[i]
		}
		return v, true
	}
	// An account, or the group itself, which may be in a group below it: such a
	// member's own edge takes the group from nobody else.
	at, one := c.entry(member)
	if at < 0 {
		return Cut{}, false
	}
	v := Cut{MorePaths: !one || !c.one[at]}
	c.shortest(&v, member)
	if i := c.cut[at]; i >= 0 {
		v.Edge, v.Others = c.edge(i), c.below[i]
		if c.account(member) {
			v.Others--
		}
	}
	if one {
		if own := (Edge{member, c.ids[at], c.g.Since(member, c.ids[at])}); v.Edge.Member == 0 || own.Since > v.Edge.Since {
			v.Edge, v.Others = own, 0
		}
	}
	return v, true
}

// shortest fills in a shortest path: by the nearest of the groups that the
// member is in.
func (c *Cuts) shortest(v *Cut, member iam.ID) {
	first := -1
	for _, id := range c.g.up[member] {
		if p, below := c.at[id]; below && (first < 0 || p < first) {
			first = p
		}
	}
	v.Since = max(c.newest[first], c.g.Since(member, c.ids[first]))
	for i := first; i >= 0; i = c.nearer[i] {
		v.Path = append(v.Path, c.ids[i])
	}
}
