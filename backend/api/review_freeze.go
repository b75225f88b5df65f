package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/review"
	"gatehouse/backend/store"
)

// nobodyID stands in a filter for items that are assigned to nobody.
const nobodyID = "nobody"

func (s *server) planReview(ctx context.Context, in *PlanReview) (*body[ReviewPlan], error) {
	ask, err := reviewAsk(in.Body.Scope, in.Body.Reviewers)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (ReviewPlan, error) {
		p, err := review.Prepare(ctx, r, ask)
		if err != nil {
			return ReviewPlan{}, err
		}
		return planOf(p), nil
	})
}

func (s *server) createReview(ctx context.Context, in *CreateReview) (*body[CampaignDetail], error) {
	ask, err := reviewAsk(in.Body.Scope, in.Body.Reviewers)
	if err != nil {
		return nil, err
	}
	due, err := time.Parse(time.RFC3339, in.Body.DueAt)
	if err != nil {
		return nil, iam.Errorf(iam.Invalid, "%q is no time.", in.Body.DueAt).In("dueAt").Fix("Write it as 2026-03-31T16:00:00Z.")
	}
	uuid, err := review.Freeze(ctx, s.store, review.Campaign{Ask: ask, Name: in.Body.Name, DueAt: due.UnixMicro(), SourceReason: in.Body.SourceReason})
	if err != nil {
		return nil, err
	}
	return s.readBack(ctx, uuid, "frozen")
}

// reviewAsk reads what a campaign is to be.
func reviewAsk(scope ReviewScope, rule ReviewerRule) (review.Ask, error) {
	a := review.Ask{
		Scope: store.CampaignScope{Privileged: scope.Privileged, Words: scope.Words, Effective: scope.Effective},
		Rule:  store.ReviewerRule{Kind: rule.Kind},
		Words: func(f store.Finding) string { return iam.FindingTitle(f.Kind, f.Risk) + ": " + f.Detail },
	}
	id := func(text, field string) (iam.ID, error) {
		id, err := iam.ParseID(text)
		if err != nil {
			return 0, iam.Errorf(iam.Invalid, "There is no record with the id %q.", text).In(field)
		}
		return id, nil
	}
	ids := func(texts []string, field string) ([]iam.ID, error) {
		var out []iam.ID
		for _, text := range texts {
			one, err := id(text, field)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
		return out, nil
	}
	var err error
	if a.Scope.Groups, err = ids(scope.Groups, "scope.groups"); err != nil {
		return a, err
	}
	if scope.Source != "" {
		if a.Scope.Source, err = id(scope.Source, "scope.source"); err != nil {
			return a, err
		}
	}
	if a.Rule.Named, err = ids(rule.Named, "reviewers.named"); err != nil {
		return a, err
	}
	if rule.Fallback != "" {
		if a.Rule.Fallback, err = id(rule.Fallback, "reviewers.fallback"); err != nil {
			return a, err
		}
	}
	for _, e := range scope.Exclude {
		a.Scope.Exclude = append(a.Scope.Exclude, store.Exclusion{Rule: e.Rule, Reason: strings.TrimSpace(e.Reason)})
	}
	return a, nil
}

// planOf is a plan as the wizard shows it.
func planOf(p *review.Plan) ReviewPlan {
	read := int64(len(p.Items))
	v := ReviewPlan{
		Arithmetic: Arithmetic{Read: read, InScope: p.InScope, Excluded: read - p.InScope, Undecided: p.InScope, Complete: p.InScope == 0},
		Groups:     []ReviewGroup{}, GroupCount: int64(len(p.Groups)), Exclusions: exclusionsOf(p.Exclusions), Reviewers: []ReviewerProgress{},
		Sources: campaignSources(p.Sources), NeedsReason: p.Unsure(),
	}
	names := map[iam.ID]string{}
	for _, s := range p.Sources {
		names[s.SourceID] = s.Name
	}
	largest := slices.Clone(p.Groups)
	slices.SortStableFunc(largest, func(a, b review.Group) int { return cmp.Compare(b.Items, a.Items) })
	for _, g := range largest[:min(len(largest), 200)] {
		v.Groups = append(v.Groups, ReviewGroup{Group: groupRef(g.ID, g.Name), Source: names[g.SourceID], Privileged: g.Privileged, Items: g.Items, Undecided: g.Items})
	}
	bases, people := map[iam.Basis]int64{}, map[store.Person]int64{}
	for _, i := range p.Items[:p.InScope] {
		bases[i.Basis]++
		people[i.Reviewer]++
	}
	for _, b := range []iam.Basis{iam.DirectGrant, iam.NestedGroup, iam.EffectiveOnly, iam.UnresolvedGrant} {
		v.Bases = append(v.Bases, BasisCount{string(b), bases[b]})
	}
	for who, n := range people {
		v.Reviewers = append(v.Reviewers, ReviewerProgress{Reviewer: identityRef(who), Items: n, Undecided: n})
	}
	slices.SortFunc(v.Reviewers, func(a, b ReviewerProgress) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(nameOf(a.Reviewer), nameOf(b.Reviewer)))
	})
	return v
}

func nameOf(r *Ref) string {
	if r == nil {
		return ""
	}
	return r.Name + " " + r.ID
}

func groupRef(id iam.ID, name string) Ref { return Ref{Kind: "group", ID: id.String(), Name: name} }

// identityRef links to a person, nil for nobody.
func identityRef(p store.Person) *Ref {
	if p.ID == 0 {
		return nil
	}
	return &Ref{Kind: "identity", ID: p.ID.String(), Name: p.Name}
}

func exclusionsOf(es []store.Exclusion) []Exclusion {
	out := make([]Exclusion, len(es))
	for i, e := range es {
		out[i] = Exclusion{e.Rule, e.Reason, e.Count}
	}
	return out
}

func campaignSources(all []store.CampaignSource) []CampaignSource {
	out := make([]CampaignSource, len(all))
	for i, s := range all {
		out[i] = CampaignSource{
			Source: Ref{Kind: "source", ID: s.SourceID.String(), Name: s.Name}, Coverage: s.Coverage, Note: s.Note,
			Accounts: s.Accounts, Groups: s.Groups, Memberships: s.Memberships, Unresolved: s.Unresolved, GroupsIn: s.GroupsIn, DirectIn: s.DirectIn, EffectiveIn: s.EffectiveIn,
		}
		if s.Run != 0 {
			out[i].Run, out[i].ObservedAt = s.Run.String(), stamp(s.ObservedAt)
		}
	}
	return out
}
