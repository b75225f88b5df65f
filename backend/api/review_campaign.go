package api

import (
	"context"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

func (s *server) listReviews(ctx context.Context, in *ListReviews) (*body[Page[Campaign]], error) {
	return view(ctx, s, func(r *store.Reader) (Page[Campaign], error) {
		all, err := r.Campaigns(ctx)
		if err != nil {
			return Page[Campaign]{}, err
		}
		words := store.Cleaned(in.Q)
		var fits []store.Campaign
		for _, c := range all {
			if (in.State == "" || in.State == string(c.State)) && strings.Contains(store.Fold(c.Name), words) {
				fits = append(fits, c)
			}
		}
		var out []Campaign
		for _, c := range part(fits, in.Offset, in.Limit) {
			v, err := s.campaignOf(ctx, r, c)
			if err != nil {
				return Page[Campaign]{}, err
			}
			out = append(out, v)
		}
		return page(out, exactly(int64(len(fits)))), nil
	})
}

// part is at most most of a list after the first skip.
func part[T any](all []T, skip, most int) []T {
	all = all[min(skip, len(all)):]
	return all[:min(most, len(all))]
}

func (s *server) campaignOf(ctx context.Context, r *store.Reader, c store.Campaign) (Campaign, error) {
	v := Campaign{ID: c.UUID, Name: c.Name, State: string(c.State), DueAt: stamp(c.DueAt), FrozenAt: stamp(c.FrozenAt), Event: int64(c.Seq)}
	if c.ClosedAt != 0 {
		v.ClosedAt = stamp(c.ClosedAt)
	}
	var err error
	v.Arithmetic, err = s.arithmetic(ctx, r, c)
	return v, err
}

// arithmetic is how a campaign's numbers stand now.
func (s *server) arithmetic(ctx context.Context, r *store.Reader, c store.Campaign) (Arithmetic, error) {
	n, err := r.VerdictCounts(ctx, c.ID)
	if err != nil {
		return Arithmetic{}, err
	}
	a := Arithmetic{
		Read: c.Read, InScope: c.InScope, Excluded: c.Excluded,
		Keep: n[iam.Keep], Revoke: n[iam.Revoke], Modify: n[iam.Modify], Exception: n[iam.Exception], Deferred: n[iam.Defer], DontKnow: n[iam.DontKnow], Undecided: n[iam.Undecided],
	}
	a.Complete = a.Deferred+a.DontKnow+a.Undecided == 0
	err = s.removalCounts(ctx, r, c, &a)
	return a, err
}

func (s *server) getReview(ctx context.Context, in *ReviewPath) (*body[CampaignDetail], error) {
	return view(ctx, s, func(r *store.Reader) (CampaignDetail, error) {
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return CampaignDetail{}, err
		}
		return s.campaignDetail(ctx, r, c)
	})
}

func (s *server) campaignDetail(ctx context.Context, r *store.Reader, c store.Campaign) (CampaignDetail, error) {
	v := CampaignDetail{
		Scope: scopeOf(c.Scope), Rule: ReviewerRule{Kind: c.Rule.Kind, Named: texts(c.Rule.Named)}, SourceReason: c.SourceReason, Digest: c.Digest,
		Signer: identityRef(c.Signer), Statement: c.Statement, CloseReason: c.CloseReason, ClosedEvent: int64(c.ClosedSeq), Reviewers: []ReviewerProgress{},
	}
	if c.Rule.Fallback != 0 {
		v.Rule.Fallback = c.Rule.Fallback.String()
	}
	var err error
	if v.Campaign, err = s.campaignOf(ctx, r, c); err != nil {
		return v, err
	}
	exclusions, err := r.CampaignExclusions(ctx, c.ID)
	if err != nil {
		return v, err
	}
	v.Exclusions = exclusionsOf(exclusions)
	sources, err := r.CampaignSources(ctx, c.ID)
	if err != nil {
		return v, err
	}
	v.Sources = campaignSources(sources)
	progress, err := r.ReviewProgress(ctx, c.ID)
	for _, p := range progress {
		v.Reviewers = append(v.Reviewers, ReviewerProgress{Reviewer: identityRef(p.Reviewer), Items: p.Items, Decided: p.Items - p.Undecided, Undecided: p.Undecided})
	}
	if err != nil {
		return v, err
	}
	v.Joined, v.Departed, err = s.reviews.LaterCounts(ctx, r, c)
	return v, err
}

// readBack answers an act on a campaign that is done with the campaign, even if
// whoever asked has gone; if it cannot, it says that the act is done.
func (s *server) readBack(ctx context.Context, uuid, done string) (*body[CampaignDetail], error) {
	out, err := s.getReview(context.WithoutCancel(ctx), &ReviewPath{ID: uuid})
	if err != nil {
		return nil, iam.Errorf(iam.Internal, "The campaign is %s, but it could not be read back.", done).Fix("Do not do it again: look at the campaign under Reviews.").By(err)
	}
	return out, nil
}

func scopeOf(c store.CampaignScope) ReviewScope {
	v := ReviewScope{Groups: texts(c.Groups), Privileged: c.Privileged, Words: c.Words, Effective: c.Effective}
	if c.Source != 0 {
		v.Source = c.Source.String()
	}
	for _, e := range c.Exclude {
		v.Exclude = append(v.Exclude, Exclusion{Rule: e.Rule, Reason: e.Reason})
	}
	return v
}

func texts(ids []iam.ID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

// itemFilter reads the filter of a list of items.
func itemFilter(in ItemFilter) (store.ItemFilter, error) {
	f := store.ItemFilter{Verdict: iam.Verdict(in.Verdict), Basis: iam.Basis(in.Basis), Excluded: in.Excluded, Words: in.Q, Nobody: in.Reviewer == nobodyID}
	var err error
	if !f.Nobody {
		if f.Reviewer, err = optionalID(in.Reviewer); err != nil {
			return f, err
		}
	}
	f.Group, err = optionalID(in.Group)
	return f, err
}

func (s *server) listReviewGroups(ctx context.Context, in *ListReviewGroups) (*body[Page[ReviewGroup]], error) {
	f, err := itemFilter(in.ItemFilter)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[ReviewGroup], error) {
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return Page[ReviewGroup]{}, err
		}
		groups, err := r.ReviewGroups(ctx, c, f)
		var out []ReviewGroup
		for _, g := range groups {
			out = append(out, ReviewGroup{Group: groupRef(g.ID, g.Name), Source: g.Source, Privileged: g.Privileged, Items: g.Items, Undecided: g.Undecided})
		}
		return page(out, exactly(int64(len(out)))), err
	})
}

func (s *server) listReviewItems(ctx context.Context, in *ListReviewItems) (*body[Page[ReviewItem]], error) {
	f, err := itemFilter(in.ItemFilter)
	if err != nil {
		return nil, err
	}
	f.After = in.After
	return view(ctx, s, func(r *store.Reader) (Page[ReviewItem], error) {
		c, err := r.Campaign(ctx, in.ID)
		if err != nil {
			return Page[ReviewItem]{}, err
		}
		items, n, err := r.ReviewItems(ctx, c, f, in.Offset, in.Limit)
		if err != nil {
			return Page[ReviewItem]{}, err
		}
		out, err := reviewItems(items)
		return page(out, n), err
	})
}
