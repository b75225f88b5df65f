package review

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Ask is what a campaign is to freeze, and who reviews it.
type Ask struct {
	Scope store.CampaignScope
	Rule  store.ReviewerRule
	// Words say a finding as the console shows it, to be copied.
	Words func(store.Finding) string
}

// Campaign is what a campaign is created with.
type Campaign struct {
	Ask
	Name         string
	DueAt        int64
	SourceReason string // why a partial, held or stale source is frozen all the same
}

// Plan is what a campaign would freeze.
type Plan struct {
	Scope      store.CampaignScope // with the groups that it came to
	Groups     []Group             // in the order of the items
	Items      []*store.ReviewItem // those in scope first
	Exclusions []store.Exclusion   // with what they leave out
	Sources    []store.CampaignSource
	InScope    int64
}

// Group is a group of a plan.
type Group struct {
	store.Subject
	Items int64 // in scope
}

// Unsure reports whether a source is partial, held or stale.
func (p *Plan) Unsure() bool {
	return slices.ContainsFunc(p.Sources, func(s store.CampaignSource) bool { return s.Coverage != complete })
}

// Freeze records a campaign in one Write, and is its UUID.
func Freeze(ctx context.Context, s *store.Store, c Campaign) (string, error) {
	c.Name = strings.TrimSpace(c.Name)
	if c.Name == "" {
		return "", iam.Errorf(iam.Invalid, "The campaign needs a name.").In("name")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	_, err = s.Write(ctx, "review.freeze", func(t *store.Tx) error {
		if c.DueAt <= t.Now {
			return iam.Errorf(iam.Invalid, "The date at which the campaign is due lies in the past.").In("dueAt").Fix("Choose a later one.")
		}
		p, err := Prepare(ctx, &t.Reader, c.Ask)
		if err != nil {
			return err
		}
		if len(p.Groups) == 0 {
			return iam.Errorf(iam.Invalid, "No group fits, so there is nothing to review.").In("scope").Fix("Name groups, or widen the filter.")
		}
		reason := strings.TrimSpace(c.SourceReason)
		if p.Unsure() && reason == "" {
			return iam.Errorf(iam.Invalid, "%s", unsureText(p.Sources)).In("sourceReason").Fix("Read it again first, or give the reason for freezing it as it is.")
		}
		if err := p.adds(ctx, t); err != nil {
			return err
		}
		read := int64(len(p.Items))
		return t.FreezeCampaign(ctx, store.Campaign{
			UUID: id.String(), Name: c.Name, Scope: p.Scope, Rule: c.Rule, DueAt: c.DueAt, SourceReason: reason,
			Read: read, InScope: p.InScope, Excluded: read - p.InScope,
		}, p.Sources, p.Exclusions, p.Items)
	})
	return id.String(), err
}

func unsureText(sources []store.CampaignSource) string {
	var notes []string
	for _, s := range sources {
		if s.Coverage != complete {
			notes = append(notes, s.Name+" is "+s.Coverage+": "+s.Note)
		}
	}
	return strings.Join(notes, " ")
}

// adds holds the plan against counts that are made in another way, from the
// records themselves.
func (p *Plan) adds(ctx context.Context, t *store.Tx) error {
	want, err := t.CountPopulation(ctx, p.Scope.Frozen, p.Scope.Effective)
	if err != nil {
		return err
	}
	excluded := int64(0)
	for _, e := range p.Exclusions {
		excluded += e.Count
	}
	read := int64(0)
	ok := p.InScope+excluded == int64(len(p.Items))
	for _, s := range p.Sources {
		ok = ok && want[s.SourceID] == (store.PopulationCount{Direct: s.DirectIn, Effective: s.EffectiveIn})
		read += s.DirectIn + s.EffectiveIn
	}
	if !ok || read != int64(len(p.Items)) {
		return iam.Errorf(iam.Internal, "The campaign's numbers do not add up, so nothing was frozen.").Fix("Verify the audit log, and read the source again.")
	}
	return nil
}

// Prepare is what a campaign would freeze now.
func Prepare(ctx context.Context, r *store.Reader, ask Ask) (*Plan, error) {
	if err := checkExclusions(ask.Scope.Exclude); err != nil {
		return nil, err
	}
	reviewers, err := newReviewers(ctx, r, ask.Rule)
	if err != nil {
		return nil, err
	}
	p := &Plan{Scope: ask.Scope, Exclusions: slices.Clone(ask.Scope.Exclude)}
	if err := p.findGroups(ctx, r); err != nil {
		return nil, err
	}
	at, _, err := r.Head(ctx)
	if err != nil {
		return nil, err
	}
	peers, err := newPeers(ctx, r)
	if err != nil {
		return nil, err
	}
	members, err := population(ctx, r, p.Scope.Frozen, p.Scope.Effective, at, peers.count)
	if err != nil {
		return nil, err
	}
	if p.Sources, err = sourcesOf(ctx, r, p.Groups); err != nil {
		return nil, err
	}
	c, err := newCopier(ctx, r, p, members, peers, ask.Words)
	if err != nil {
		return nil, err
	}
	p.Items = make([]*store.ReviewItem, len(members))
	for i, m := range members {
		if p.Items[i], err = c.item(ctx, m); err != nil {
			return nil, err
		}
	}
	p.arrange(reviewers)
	return p, nil
}

// findGroups resolves the scope, privileged groups first, then by name.
func (p *Plan) findGroups(ctx context.Context, r *store.Reader) error {
	ids := slices.Clone(p.Scope.Groups)
	if len(ids) == 0 {
		if p.Scope.Source != 0 {
			if _, err := r.Source(ctx, p.Scope.Source); err != nil {
				return iam.Errorf(iam.Invalid, "There is no source with the id %s.", p.Scope.Source).In("scope.source").Fix("Choose one that is connected.")
			}
		}
		var err error
		if ids, err = r.MatchingEntitlements(ctx, store.EntitlementFilter{Source: p.Scope.Source, Privileged: p.Scope.Privileged, Words: p.Scope.Words}); err != nil {
			return err
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := r.Subjects(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		g, open := found[id]
		if !open || !g.Group {
			return iam.Errorf(iam.Invalid, "There is no group with the id %s in the directories as they were last read.", id).In("scope.groups").Fix("Leave it out.")
		}
		p.Groups = append(p.Groups, Group{Subject: g})
	}
	folds := make(map[iam.ID]string, len(ids))
	for _, g := range p.Groups {
		folds[g.ID] = store.Fold(g.Name)
	}
	slices.SortFunc(p.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(iam.TriOf(b.Privileged), iam.TriOf(a.Privileged)), cmp.Compare(folds[a.ID], folds[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	p.Scope.Frozen = make([]iam.ID, len(p.Groups))
	for i, g := range p.Groups {
		p.Scope.Frozen[i] = g.ID
	}
	return nil
}

// arrange leaves out what an exclusion fits, puts the items in their order,
// counts, and gives each to a reviewer.
func (p *Plan) arrange(rs *reviewers) {
	rank := make(map[iam.ID]int, len(p.Groups))
	for i, g := range p.Groups {
		rank[g.ID] = i
	}
	sources := make(map[iam.ID]*store.CampaignSource, len(p.Sources))
	for i := range p.Sources {
		sources[p.Sources[i].SourceID] = &p.Sources[i]
	}
	for _, item := range p.Items {
		if item.Basis == iam.EffectiveOnly {
			sources[item.SourceID].EffectiveIn++
		} else {
			sources[item.SourceID].DirectIn++
		}
		item.Excluded = firstFitting(p.Exclusions, item)
		if item.Excluded > 0 {
			p.Exclusions[item.Excluded-1].Count++
			continue
		}
		p.InScope++
		p.Groups[rank[item.Entitlement]].Items++
	}
	slices.SortFunc(p.Items, func(a, b *store.ReviewItem) int {
		return cmp.Or(cmp.Compare(min(a.Excluded, 1), min(b.Excluded, 1)), cmp.Compare(rank[a.Entitlement], rank[b.Entitlement]),
			strings.Compare(a.SubjectFold, b.SubjectFold), cmp.Compare(a.Subject, b.Subject), strings.Compare(a.SubjectName, b.SubjectName))
	})
	for i, item := range p.Items {
		item.Ord, item.Verdict = int64(i+1), iam.Undecided
		item.FirstRelation = iam.Unassigned
		if item.Excluded == 0 {
			group := rank[item.Entitlement]
			item.FirstReviewer, item.FirstRelation = rs.of(item, group, p.Groups[group].Reviewer)
		}
		item.Reviewer, item.Relation = item.FirstReviewer, item.FirstRelation
	}
}

// The rules of exclusion.
var exclusionRules = map[string]func(*store.ReviewItem) bool{
	"serviceAccounts":   func(i *store.ReviewItem) bool { return i.Sort == iam.Service },
	"sharedAccounts":    func(i *store.ReviewItem) bool { return i.Sort == iam.Shared },
	"disabledAccounts":  func(i *store.ReviewItem) bool { return i.Enabled == iam.No }, // unknown is not disabled
	"nestedGroups":      func(i *store.ReviewItem) bool { return i.Basis == iam.NestedGroup },
	"unresolvedMembers": func(i *store.ReviewItem) bool { return i.Basis == iam.UnresolvedGrant },
}

func checkExclusions(rules []store.Exclusion) error {
	for _, e := range rules {
		if exclusionRules[e.Rule] == nil {
			return iam.Errorf(iam.Invalid, "There is no exclusion named %q.", e.Rule).In("scope.exclude")
		}
		if strings.TrimSpace(e.Reason) == "" {
			return iam.Errorf(iam.Invalid, "The exclusion %s needs a reason: it is printed.", e.Rule).In("scope.exclude")
		}
	}
	return nil
}

// firstFitting is the number of the first rule that fits, 0 if none does.
func firstFitting(rules []store.Exclusion, item *store.ReviewItem) int64 {
	for n, e := range rules {
		if exclusionRules[e.Rule](item) {
			return int64(n + 1)
		}
	}
	return 0
}

// complete is the coverage of a source that needs no reason.
const complete = "complete"

// staleAfter is the age at which a complete read is called stale.
const staleAfter = 7 * 24 * time.Hour

// sourcesOf are the sources of the groups, as they stand.
func sourcesOf(ctx context.Context, r *store.Reader, groups []Group) ([]store.CampaignSource, error) {
	groupsIn := map[iam.ID]int64{}
	for _, g := range groups {
		groupsIn[g.SourceID]++
	}
	all, err := r.Sources(ctx)
	if err != nil {
		return nil, err
	}
	out := []store.CampaignSource{}
	for _, src := range all {
		if groupsIn[src.ID] == 0 {
			continue
		}
		s := store.CampaignSource{SourceID: src.ID, Name: src.Name, GroupsIn: groupsIn[src.ID]}
		counts, err := r.SourceCounts(ctx, src.ID)
		if err != nil {
			return nil, err
		}
		s.Accounts, s.Groups, s.Memberships = counts.Accounts, counts.Entitlements, counts.Memberships
		if s.Unresolved, err = r.CountUnresolvedOf(ctx, src.ID); err != nil {
			return nil, err
		}
		shown, err := r.ShownRun(ctx, src.ID)
		if err != nil {
			return nil, err
		}
		if shown != nil {
			s.Run, s.ObservedAt = shown.ID, shown.EndedAt
		}
		newest, err := newestEnded(ctx, r, src.ID)
		if err != nil {
			return nil, err
		}
		s.Coverage, s.Note = coverage(src, shown, newest, r.Now)
		out = append(out, s)
	}
	return out, nil
}

// newestEnded is the newest run that is not under way, nil if there is none.
func newestEnded(ctx context.Context, r *store.Reader, source iam.ID) (*iam.Run, error) {
	runs, _, err := r.Runs(ctx, source, 0, 2)
	for _, run := range runs {
		if run.State != iam.Reading {
			return &run, err
		}
	}
	return nil, err
}

// coverage says whether what is frozen of a source is all of it, and of now.
func coverage(src iam.Source, shown, newest *iam.Run, now int64) (word, note string) {
	read := func(run *iam.Run) string { return time.UnixMicro(run.EndedAt).UTC().Format("2 Jan 2006 15:04 UTC") }
	switch {
	case shown == nil || newest == nil:
		return "partial", "It was never read completely."
	case newest.State == iam.Held:
		return "held", "The read of " + read(newest) + " is held; what is frozen is from " + read(shown) + "."
	case newest.Coverage() != complete:
		return "partial", "The read of " + read(newest) + " did not finish; what is frozen is from " + read(shown) + "."
	case shown.ConfigVersion != src.ConfigVersion:
		return "stale", "Its settings were changed after the read of " + read(shown) + "."
	case now-shown.EndedAt > staleAfter.Microseconds():
		return "stale", "It was last read on " + read(shown) + ", more than 7 days ago."
	}
	return complete, ""
}
