package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Membership is one group an account is in, directly or by nesting.
type Membership struct {
	Group      Ref    `json:"group"`
	DN         string `json:"dn"`
	Source     Ref    `json:"source"`
	Account    Ref    `json:"account"`
	Privileged bool   `json:"privileged"`
	Direct     bool   `json:"direct"`
	Steps      int    `json:"steps" doc:"The length of the shortest path: 1 is direct."`
	Path       []Ref  `json:"path" doc:"The shortest path, from the group the account is in to the one reached."`
	Since      string `json:"since" format:"date-time" doc:"When the newest edge of the shortest path was first observed."`
}

// Memberships are the groups of an account or identity, with what is not known.
type Memberships struct {
	Past
	Items     []Membership `json:"items"`
	Direct    int          `json:"direct"`
	Effective int          `json:"effective"`
	// Unsure says why an answer may lack groups: a held, partial or missing run.
	Unsure []string `json:"unsure"`
}

// ExplainMembership asks why an account is in a group.
type ExplainMembership struct {
	IDPath
	AsOfQuery
	Group string `query:"group" required:"true" maxLength:"32"`
}

// Explanation is why an account is in a group: every path, and the graph they
// make together.
type Explanation struct {
	Past
	Account   Ref         `json:"account"`
	Group     Ref         `json:"group"`
	Direct    bool        `json:"direct"`
	Paths     [][]Ref     `json:"paths" doc:"Shortest first, at most a hundred. A path lists groups from the one the account is in to the one reached."`
	MorePaths bool        `json:"morePaths"`
	Nodes     []GraphNode `json:"nodes"`
	Edges     []GraphEdge `json:"edges"`
	Prove     string      `json:"prove" doc:"The same question as ldapsearch commands."`
}

// GraphNode is the account or a group on the way.
type GraphNode struct {
	Ref        Ref    `json:"ref"`
	Detail     string `json:"detail" doc:"Such as '12 effective members'."`
	Privileged bool   `json:"privileged"`
	Target     bool   `json:"target"`
}

// GraphEdge says that From is a direct member of To.
type GraphEdge struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Since string `json:"since" format:"date-time"`
	Fresh bool   `json:"fresh" doc:"First observed in the newest applied run that is not the first."`
}

func (s *server) listAccountMemberships(ctx context.Context, in *IDPathAt) (*body[Memberships], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Memberships, error) {
		a, err := r.Account(ctx, id)
		if err != nil {
			return Memberships{}, err
		}
		return s.membershipsOf(ctx, r, []store.Account{a})
	})
}

// membershipsOf are the groups of several accounts of one person, each group
// once an account.
func (s *server) membershipsOf(ctx context.Context, r *store.Reader, accounts []store.Account) (Memberships, error) {
	v := Memberships{Items: []Membership{}, Unsure: []string{}}
	ids := make([]iam.ID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	edges, err := r.Above(ctx, ids...)
	if err != nil {
		return v, err
	}
	g := access.New(edges)
	b, err := newBook(ctx, r, nodes(edges, ids...))
	if err != nil {
		return v, err
	}
	direct, effective := map[iam.ID]bool{}, map[iam.ID]bool{}
	for _, a := range accounts {
		for _, reached := range g.Groups(a.ID) {
			since, err := b.at(ctx, newest(g, a.ID, reached.Path))
			if err != nil {
				return v, err
			}
			n := b.names[reached.ID]
			effective[reached.ID] = true
			if len(reached.Path) == 1 {
				direct[reached.ID] = true
			}
			v.Items = append(v.Items, Membership{
				Group: refOf(n), DN: n.DN, Source: b.source(n.SourceID), Account: b.ref(a.ID), Privileged: n.Privileged,
				Direct: len(reached.Path) == 1, Steps: len(reached.Path), Path: b.refs(reached.Path), Since: since,
			})
		}
	}
	v.Direct, v.Effective = len(direct), len(effective)
	slices.SortStableFunc(v.Items, func(x, y Membership) int {
		switch {
		case x.Privileged != y.Privileged:
			return b2i(y.Privileged) - b2i(x.Privileged)
		case x.Steps != y.Steps && (x.Privileged || x.Direct != y.Direct):
			return y.Steps - x.Steps
		}
		return b2i(x.Group.Name > y.Group.Name) - b2i(x.Group.Name < y.Group.Name)
	})
	v.Unsure, err = s.unsure(ctx, r, accounts)
	return v, err
}

// unsure says why answers about accounts may lack groups.
func (s *server) unsure(ctx context.Context, r *store.Reader, accounts []store.Account) ([]string, error) {
	out := []string{}
	seen := map[iam.ID]bool{}
	for _, a := range accounts {
		if seen[a.SourceID] {
			continue
		}
		seen[a.SourceID] = true
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return nil, err
		}
		why, err := s.sourceUnsure(ctx, r, b.sources[a.SourceID])
		if err != nil {
			return nil, err
		}
		out = append(out, why...)
	}
	return out, nil
}

func (s *server) sourceUnsure(ctx context.Context, r *store.Reader, src iam.Source) ([]string, error) {
	shown, newest, err := runsOf(ctx, r, src.ID)
	if err != nil {
		return nil, err
	}
	if r.Past() && shown != nil {
		src.ConfigVersion = shown.ConfigVersion // its own keeps no history
	}
	switch status, text, _ := s.freshness(src, shown, newest, r.Now); status {
	case "held", "partial", "stale", "configChanged", "never":
		return []string{fmt.Sprintf("%s: %s.", src.Name, text)}, nil
	}
	return nil, nil
}

func (s *server) explainMembership(ctx context.Context, in *ExplainMembership) (*body[Explanation], error) {
	account, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	group, err := iam.ParseID(in.Group)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Explanation, error) { return s.explain(ctx, r, account, group) })
}

func (s *server) explain(ctx context.Context, r *store.Reader, account, group iam.ID) (Explanation, error) {
	v := Explanation{Paths: [][]Ref{}, Nodes: []GraphNode{}, Edges: []GraphEdge{}}
	a, err := r.Account(ctx, account)
	if err != nil {
		return v, err
	}
	e, err := r.Entitlement(ctx, group)
	if err != nil {
		return v, err
	}
	edges, err := r.Above(ctx, account)
	if err != nil {
		return v, err
	}
	g := access.New(edges)
	b, err := newBook(ctx, r, nodes(edges, account, group))
	if err != nil {
		return v, err
	}
	v.Account, v.Group = b.ref(account), b.ref(group)
	paths, more := g.Paths(account, group)
	if len(paths) == 0 {
		return v, iam.Errorf(iam.NotFound, "%s is not a member of %s, directly or by nesting.", a.Login, e.Name)
	}
	v.MorePaths, v.Direct = more, len(paths[0]) == 1
	for _, p := range paths {
		v.Paths = append(v.Paths, b.refs(p))
	}
	// The whole subgraph between the two, not only the paths that are named.
	between := map[iam.ID]bool{account: true}
	for _, m := range access.New(edges).Members(group) {
		between[m.ID] = true
	}
	between[group] = true
	fresh, err := s.freshFrom(ctx, r, a.SourceID)
	if err != nil {
		return v, err
	}
	for _, id := range nodes(edges, account, group) {
		if !between[id] {
			continue
		}
		n := GraphNode{Ref: b.ref(id), Privileged: b.names[id].Privileged, Target: id == group}
		if id == account {
			n.Detail = a.Login
			if a.EmployeeType != "" {
				n.Detail += ", " + a.EmployeeType
			}
		} else {
			count, err := r.CountEffective(ctx, id)
			if err != nil {
				return v, err
			}
			n.Detail = fmt.Sprintf("%d effective", count)
		}
		v.Nodes = append(v.Nodes, n)
	}
	for _, edge := range edges {
		if !between[edge.Member] || !between[edge.Group] {
			continue
		}
		since, err := b.at(ctx, edge.Since)
		if err != nil {
			return v, err
		}
		v.Edges = append(v.Edges, GraphEdge{From: edge.Member.String(), To: edge.Group.String(), Since: since, Fresh: fresh != 0 && edge.Since == fresh})
	}
	v.Prove = prove(b, a, paths[0])
	return v, nil
}

// freshFrom is the Write of the newest applied run of a source, unless it is
// the first: then nothing is new.
func (s *server) freshFrom(ctx context.Context, r *store.Reader, source iam.ID) (iam.Seq, error) {
	shown, _, err := runsOf(ctx, r, source)
	if err != nil || shown == nil {
		return 0, err
	}
	first, err := r.FirstApplied(ctx, source)
	if first == shown.Seq {
		return 0, err
	}
	return shown.Seq, err
}

// prove is the shortest path as one ldapsearch a step, to be run without us.
func prove(b *book, a store.Account, path []iam.ID) string {
	cfg := b.sources[a.SourceID].Config
	member := a.DN
	out := ""
	for _, id := range path {
		group := b.names[id]
		out += fmt.Sprintf("ldapsearch -x -W -H %s -D '%s' -b '%s' -s base '(|(member=%s)(uniqueMember=%s)(memberUid=%s))' dn\n",
			cfg.URL, quoted(cfg.BindDN), quoted(group.DN), quoted(ldapEscaped(member)), quoted(ldapEscaped(member)), quoted(ldapEscaped(a.Login)))
		member = group.DN
	}
	return out
}

// quoted is text inside single quotes of a shell.
func quoted(s string) string { return strings.ReplaceAll(s, "'", `'\''`) }

// ldapEscaped is a value in a search filter (RFC 4515 section 3).
func ldapEscaped(s string) string {
	return strings.NewReplacer(`\`, `\5c`, `*`, `\2a`, `(`, `\28`, `)`, `\29`, "\x00", `\00`).Replace(s)
}
