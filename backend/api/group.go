package api

import (
	"context"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// GroupRow is a group in a list.
type GroupRow struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Source      Ref         `json:"source"`
	DN          string      `json:"dn"`
	Privileged  bool        `json:"privileged"`
	Direct      int64       `json:"direct" doc:"Direct members: accounts, groups and unresolved ones."`
	Groups      int64       `json:"groups" doc:"Groups among them."`
	Unresolved  int64       `json:"unresolved"`
	MemberOf    int64       `json:"memberOf" doc:"Groups this one is a direct member of."`
	Owner       *Ref        `json:"owner,omitempty"`
	OwnerText   string      `json:"ownerText"`
	ModifiedAt  Moment      `json:"modifiedAt"`
	Finding     *FindingTag `json:"finding,omitempty"`
}

// Group is everything known about one group.
type Group struct {
	Past
	GroupRow
	ExternalID string       `json:"externalId"`
	SID        string       `json:"sid"`
	Flags      []string     `json:"flags" doc:"Words that the kind of directory documents, such as global and security."`
	Effective  int64        `json:"effective" doc:"Accounts that are in it directly or by nesting."`
	CreatedAt  Moment       `json:"createdAt"`
	FirstSeen  string       `json:"firstSeen" format:"date-time"`
	ObservedAt string       `json:"observedAt" format:"date-time"`
	Run        string       `json:"run"`
	Findings   []FindingRow `json:"findings"`
	Unsure     []string     `json:"unsure"`
}

// ListGroups asks for groups.
type ListGroups struct {
	PageQuery
	AfterQuery
	AsOfQuery
	Source     string `query:"source" maxLength:"32"`
	Privileged string `query:"privileged" enum:"yes"`
	Finding    string `query:"finding" maxLength:"32"`
}

// ListMembers asks for the members of a group.
type ListMembers struct {
	IDPath
	PageQuery
	AsOfQuery
	Effective bool `query:"effective" doc:"Accounts in it directly or by nesting, instead of direct members."`
}

// Member is a member of a group.
type Member struct {
	Ref        Ref    `json:"ref"`
	Login      string `json:"login"`
	Sort       string `json:"sort" enum:"person,service,shared,computer,group"`
	Enabled    Tri    `json:"enabled"`
	Identity   *Ref   `json:"identity,omitempty"`
	Department string `json:"department"`
	Direct     bool   `json:"direct"`
	Steps      int    `json:"steps"`
	Path       []Ref  `json:"path" doc:"The shortest path, from the group the account is in to this one."`
	Since      string `json:"since" format:"date-time"`
	LastSignIn Moment `json:"lastSignIn"`
}

// UnresolvedMember is a member that is no account or group of ours.
type UnresolvedMember struct {
	Value  string `json:"value" doc:"As the directory stores it."`
	Reason string `json:"reason" enum:"dangling,outsideScope,ambiguous,malformed,skipped,foreign"`
	Since  string `json:"since" format:"date-time"`
}

// Nesting is what a group is in, and what is in it.
type Nesting struct {
	Past
	Parents  []NestedGroup `json:"parents" doc:"Groups this one is in, nearest first."`
	Children []NestedGroup `json:"children" doc:"Groups in this one, nearest first."`
}

// NestedGroup is a group above or below another.
type NestedGroup struct {
	Group      Ref   `json:"group"`
	Privileged bool  `json:"privileged"`
	Steps      int   `json:"steps"`
	Path       []Ref `json:"path"`
}

func (s *server) listGroups(ctx context.Context, in *ListGroups) (*body[Page[GroupRow]], error) {
	source, err := optionalID(in.Source)
	if err != nil {
		return nil, err
	}
	if err := store.CheckOrder(in.Sort, store.EntitlementOrder); err != nil {
		return nil, err
	}
	at, err := in.stretch(in.PageQuery)
	if err != nil {
		return nil, err
	}
	f := store.EntitlementFilter{Words: in.Q, Source: source, Privileged: in.Privileged == "yes", Finding: iam.FindingKind(in.Finding)}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[GroupRow], error) {
		listed, err := r.Entitlements(ctx, f, store.Order(in.Sort), at)
		if err != nil {
			return Page[GroupRow]{}, err
		}
		found := listed.Rows
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Page[GroupRow]{}, err
		}
		ids := make([]iam.ID, len(found))
		for i, e := range found {
			ids[i] = e.ID
		}
		risks, err := r.WorstFindings(ctx, ids)
		if err != nil {
			return Page[GroupRow]{}, err
		}
		out := make([]GroupRow, len(found))
		for i, e := range found {
			if out[i], err = groupRow(ctx, r, e, b, risks); err != nil {
				return Page[GroupRow]{}, err
			}
		}
		return following(page(out, listed.Count), listed.Next), nil
	})
}

func groupRow(ctx context.Context, r *store.Reader, e store.Entitlement, b *book, found map[iam.ID]iam.Finding) (GroupRow, error) {
	v := GroupRow{
		ID: e.ID.String(), Name: e.Name, Description: e.Description, Source: b.source(e.SourceID), DN: e.DN, Privileged: e.Privileged,
		Direct: e.Members + e.Unresolved, Groups: e.Groups, Unresolved: e.Unresolved, MemberOf: e.MemberOf, ModifiedAt: moment(e.ModifiedAt),
	}
	v.Finding = worst(found, []iam.ID{e.ID})
	var err error
	v.Owner, v.OwnerText, err = pointed(ctx, r, e.SourceID, e.OwnerRef)
	return v, err
}

func (s *server) getGroup(ctx context.Context, in *IDPathAt) (*body[Group], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Group, error) {
		e, err := r.Entitlement(ctx, id)
		if err != nil {
			return Group{}, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Group{}, err
		}
		v := Group{ExternalID: e.ExternalID, SID: e.SID, Flags: words(e.Flags), CreatedAt: moment(e.CreatedAt)}
		found, err := r.WorstFindings(ctx, []iam.ID{id})
		if err != nil {
			return v, err
		}
		if v.GroupRow, err = groupRow(ctx, r, e, b, found); err != nil {
			return v, err
		}
		if v.Effective, err = r.CountEffective(ctx, id); err != nil {
			return v, err
		}
		if v.Findings, err = findingsOf(ctx, r, id); err != nil {
			return v, err
		}
		if v.FirstSeen, v.ObservedAt, v.Run, err = observed(ctx, r, id, e.SourceID); err != nil {
			return v, err
		}
		v.Unsure, err = s.sourceUnsure(ctx, r, b.sources[e.SourceID])
		if v.Unsure == nil {
			v.Unsure = []string{}
		}
		return v, err
	})
}

func (s *server) listMembers(ctx context.Context, in *ListMembers) (*body[Page[Member]], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[Member], error) {
		if err := r.CheckEntitlement(ctx, id); err != nil {
			return Page[Member]{}, err
		}
		if in.Effective {
			all, err := r.AccountsIn(ctx, id, true, in.Q, store.Stretch{Skip: in.Offset, Most: in.Limit})
			if err != nil {
				return Page[Member]{}, err
			}
			return membersPage(ctx, r, id, all.Rows, all.Count)
		}
		ids, n, err := r.DirectMembers(ctx, id, in.Q, in.Offset, in.Limit)
		if err != nil {
			return Page[Member]{}, err
		}
		return membersPage(ctx, r, id, ids, n)
	})
}

// membersPage are members of a group, each with its shortest path.
func membersPage(ctx context.Context, r *store.Reader, group iam.ID, ids []iam.ID, n store.Count) (Page[Member], error) {
	edges, err := r.EdgesOf(ctx, group, ids)
	if err != nil {
		return Page[Member]{}, err
	}
	g := access.New(edges)
	paths := map[iam.ID][]iam.ID{}
	for _, m := range g.Members(group) {
		paths[m.ID] = m.Path
	}
	b, err := newBook(ctx, r, nodes(edges, group))
	if err != nil {
		return Page[Member]{}, err
	}
	used, err := r.LastSignIns(ctx, ids)
	if err != nil {
		return Page[Member]{}, err
	}
	out := make([]Member, len(ids))
	for i, id := range ids {
		if out[i], err = member(ctx, b, id, paths[id], newest(g, id, paths[id]), used); err != nil {
			return Page[Member]{}, err
		}
	}
	return page(out, n), nil
}

func member(ctx context.Context, b *book, id iam.ID, path []iam.ID, since iam.Seq, used map[iam.ID]iam.Moment) (Member, error) {
	n := b.names[id]
	v := Member{
		Ref: refOf(n), Login: n.Login, Sort: string(n.Sort), Enabled: Tri(n.Enabled.String()), Department: n.Department,
		Direct: len(path) == 1, Steps: len(path), Path: b.refs(path), LastSignIn: moment(iam.NotSupportedMoment),
	}
	if n.Noun == "entitlement" {
		v.Sort = "group"
	} else {
		v.LastSignIn = moment(iam.NotCollectedMoment)
		if last, seen := used[id]; seen {
			v.LastSignIn = moment(last)
		}
		if n.IdentityID != 0 {
			ref := personRef(n)
			v.Identity = &ref
		}
	}
	var err error
	v.Since, err = b.at(ctx, since)
	return v, err
}

func (s *server) listUnresolved(ctx context.Context, in *ListOf) (*body[Page[UnresolvedMember]], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Page[UnresolvedMember], error) {
		us, n, err := r.Unresolved(ctx, id, in.Offset, in.Limit)
		if err != nil {
			return Page[UnresolvedMember]{}, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Page[UnresolvedMember]{}, err
		}
		out := make([]UnresolvedMember, len(us))
		for i, u := range us {
			at, err := b.at(ctx, u.Since)
			if err != nil {
				return Page[UnresolvedMember]{}, err
			}
			out[i] = UnresolvedMember{u.Value, string(u.Reason), at}
		}
		return page(out, exactly(n)), nil
	})
}

func (s *server) getNesting(ctx context.Context, in *IDPathAt) (*body[Nesting], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (Nesting, error) {
		v := Nesting{Parents: []NestedGroup{}, Children: []NestedGroup{}}
		above, err := r.Above(ctx, id)
		if err != nil {
			return v, err
		}
		below, err := r.Below(ctx, true, id)
		if err != nil {
			return v, err
		}
		b, err := newBook(ctx, r, nodes(append(above, below...), id))
		if err != nil {
			return v, err
		}
		nested := func(m access.Reached) NestedGroup {
			return NestedGroup{Group: b.ref(m.ID), Privileged: b.names[m.ID].Privileged, Steps: len(m.Path), Path: b.refs(m.Path)}
		}
		for _, m := range access.New(above).Groups(id) {
			v.Parents = append(v.Parents, nested(m))
		}
		for _, m := range access.New(below).Members(id) {
			v.Children = append(v.Children, nested(m))
		}
		return v, nil
	})
}
