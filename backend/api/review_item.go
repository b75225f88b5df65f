package api

import (
	"context"
	"encoding/json"
	"slices"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/review"
	"gatehouse/backend/store"
)

func reviewItems(items []store.ListedItem) ([]ReviewItem, error) {
	out := make([]ReviewItem, len(items))
	for n, i := range items {
		var err error
		if out[n], err = reviewItem(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func reviewItem(i store.ListedItem) (ReviewItem, error) {
	v := ReviewItem{
		Item: i.Ord, Basis: string(i.Basis), Subject: frozenSubject(i), Login: i.Login, Sort: string(i.Sort), Unresolved: string(i.Unresolved), Identity: identityRef(i.Identity),
		Department: i.Department, Title: i.Title, Enabled: Tri(i.Enabled.String()),
		Group: groupRef(i.Entitlement, i.EntitlementName), Source: Ref{Kind: "source", ID: i.SourceID.String(), Name: i.Source}, Privileged: i.Privileged,
		MorePaths: i.MorePaths, Peers: i.Peers, PeersOf: i.PeersOf, LastSignIn: moment(i.LastSignIn), ObservedAt: stamp(i.ObservedAt),
		Reviewer: identityRef(i.Reviewer), Relation: string(i.Relation), Verdict: string(i.Verdict), Decision: i.Decision, Excluded: i.Why,
	}
	if i.PreviousVerdict != "" {
		v.Previous = &Previous{Verdict: string(i.PreviousVerdict), At: stamp(i.PreviousAt), Campaign: i.PreviousCampaign}
	}
	if i.Until != 0 {
		v.Until = stamp(i.Until)
	}
	var steps []review.Step
	err := json.Unmarshal([]byte(i.Path), &steps)
	for _, s := range steps {
		v.Path = append(v.Path, Ref{Kind: "group", ID: s.ID, Name: s.Name})
	}
	return v, err
}

// frozenSubject links to what has the grant; an unresolved member has no record.
func frozenSubject(i store.ListedItem) Ref {
	switch i.Basis {
	case iam.UnresolvedGrant:
		return Ref{Kind: "account", Name: i.SubjectName}
	case iam.NestedGroup:
		return groupRef(i.Subject, i.SubjectName)
	}
	return Ref{Kind: "account", ID: i.Subject.String(), Name: i.SubjectName, Detail: i.Login}
}

func (s *server) getReviewItem(ctx context.Context, in *ItemPath) (*body[ReviewItemDetail], error) {
	return view(ctx, s, func(r *store.Reader) (ReviewItemDetail, error) {
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return ReviewItemDetail{}, err
		}
		i, err := r.ReviewItem(ctx, c, in.Item)
		if err != nil {
			return ReviewItemDetail{}, err
		}
		return itemDetail(ctx, r, c, i)
	})
}

func itemDetail(ctx context.Context, r *store.Reader, c store.Campaign, i store.ListedItem) (ReviewItemDetail, error) {
	v := ReviewItemDetail{
		DN: i.DN, GroupDN: i.EntitlementDN, GrantedAt: stamp(i.GrantedAt), Edge: frozenEdge(i), Decisions: []Decision{}, Attempts: []Attempt{},
		Campaign: Ref{Kind: "review", ID: c.UUID, Name: c.Name}, CampaignOf: c.InScope,
	}
	var err error
	if v.ReviewItem, err = reviewItem(i); err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(i.Findings), &v.Findings); err != nil {
		return v, err
	}
	if err := itemHistory(ctx, r, c, i, &v); err != nil {
		return v, err
	}
	if v.Removal, err = removalOf(ctx, r, c, i.Ord); err != nil {
		return v, err
	}
	v.Now, err = itemNow(ctx, r, i)
	return v, err
}

// frozenEdge is the membership whose removal would have ended the grant.
func frozenEdge(i store.ListedItem) *Edge {
	if i.EdgeGroup == 0 {
		return nil
	}
	e := Edge{Member: Ref{Kind: "account", Name: i.EdgeMemberName}, Group: groupRef(i.EdgeGroup, i.EdgeGroupName), Others: i.EdgeOthers}
	switch {
	case i.EdgeMember == 0: // unresolved
	case i.EdgeMember == i.Subject && i.Basis != iam.NestedGroup:
		e.Member = Ref{Kind: "account", ID: i.EdgeMember.String(), Name: i.EdgeMemberName, Detail: i.Login}
	default:
		e.Member = groupRef(i.EdgeMember, i.EdgeMemberName)
	}
	return &e
}

// itemHistory adds what was decided, assigned and refused.
func itemHistory(ctx context.Context, r *store.Reader, c store.Campaign, i store.ListedItem, v *ReviewItemDetail) error {
	decisions, err := r.ItemDecisions(ctx, c.ID, i.Ord)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		line := Decision{
			N: d.N, At: stamp(d.At), Event: int64(d.Seq), Verdict: string(d.Verdict), Reason: d.Reason, Relation: d.Relation, RecordedBy: d.RecordedBy, Channel: d.Channel,
			DecidedBy: Ref{Kind: "identity", ID: d.DecidedBy.String(), Name: d.DecidedName},
		}
		if d.Until != 0 {
			line.Until = stamp(d.Until)
		}
		v.Decisions = append(v.Decisions, line)
	}
	actor, err := r.ActorOf(ctx, c.Seq)
	if err != nil {
		return err
	}
	v.Assignments = []Assignment{{
		At: stamp(c.FrozenAt), Event: int64(c.Seq), Reviewer: identityRef(i.FirstReviewer), Relation: string(i.FirstRelation), RecordedBy: string(actor),
	}}
	assignments, err := r.ItemAssignments(ctx, c.ID, i.Ord)
	if err != nil {
		return err
	}
	for _, a := range assignments {
		v.Assignments = append(v.Assignments, Assignment{
			At: stamp(a.At), Event: int64(a.Seq), Reviewer: identityRef(store.Person{ID: a.Reviewer, Name: a.Name}), Relation: string(iam.Reassigned),
			Reason: a.Reason, RecordedBy: a.RecordedBy,
		})
	}
	refused, err := r.RefusedDecisions(ctx, c, i.Ord)
	for _, d := range refused {
		v.Attempts = append(v.Attempts, Attempt{At: stamp(d.At), Event: int64(d.Seq), Verdict: d.Verdict, By: d.By, Why: d.Why})
	}
	return err
}

// itemNow compares the frozen grant with what is known now.
func itemNow(ctx context.Context, r *store.Reader, i store.ListedItem) (*ItemNow, error) {
	shown, err := r.ShownRun(ctx, i.SourceID)
	if err != nil || shown == nil {
		return nil, err
	}
	v := &ItemNow{At: stamp(shown.EndedAt)}
	if i.Basis == iam.UnresolvedGrant {
		v.Present, err = r.HasUnresolved(ctx, i.Entitlement, i.SubjectName)
		v.Text = "Not returned as a member any more."
		if v.Present {
			v.Text = "Still a member."
		}
		return v, err
	}
	edges, err := r.Above(ctx, i.Subject)
	if err != nil {
		return nil, err
	}
	direct := slices.ContainsFunc(edges, func(e access.Edge) bool { return e.Member == i.Subject && e.Group == i.Entitlement })
	reached := slices.ContainsFunc(access.New(edges).Groups(i.Subject), func(g access.Reached) bool { return g.ID == i.Entitlement })
	wasDirect := i.Basis != iam.EffectiveOnly
	v.Present = reached && (direct || !wasDirect)
	switch {
	case direct && wasDirect:
		v.Text = "Still a direct member."
	case direct:
		v.Text = "Still in it, and now a direct member, too."
	case reached && wasDirect:
		v.Text = "Not a direct member any more, but still in it by nesting."
	case reached:
		v.Text = "Still in it by nesting."
	default:
		v.Text = "Not returned as a member any more."
	}
	return v, nil
}
