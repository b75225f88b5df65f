package review

import (
	"context"
	"encoding/json"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Step is a group of a frozen path.
type Step struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Tag is a finding as it stood at the freeze.
type Tag struct {
	Kind string `json:"kind"`
	Risk string `json:"risk"`
	Text string `json:"text"`
}

// copier copies what an item shows from the records, so that later changes
// leave it alone.
type copier struct {
	r        *store.Reader
	words    func(store.Finding) string
	subjects map[iam.ID]store.Subject
	folds    map[iam.ID]string
	sources  map[iam.ID]store.CampaignSource
	findings map[iam.ID][]store.Finding
	before   map[store.GrantKey]store.PreviousDecision
	peers    *peers
	times    map[iam.Seq]int64
	paths    map[iam.ID]string // of direct members, by group
}

func newCopier(ctx context.Context, r *store.Reader, p *Plan, members []Member, peers *peers, words func(store.Finding) string) (*copier, error) {
	c := &copier{
		r: r, words: words, peers: peers, folds: map[iam.ID]string{}, sources: map[iam.ID]store.CampaignSource{}, times: map[iam.Seq]int64{}, paths: map[iam.ID]string{},
	}
	for _, s := range p.Sources {
		c.sources[s.SourceID] = s
	}
	seen := map[iam.ID]bool{}
	var ids []iam.ID
	want := func(id iam.ID) {
		if id != 0 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, m := range members {
		want(m.Subject)
		want(m.Edge.Member)
		want(m.Edge.Group)
		for _, g := range m.Path {
			want(g)
		}
	}
	var err error
	if c.subjects, err = r.Subjects(ctx, ids); err != nil {
		return nil, err
	}
	if c.findings, err = r.FindingsOf(ctx, ids); err != nil {
		return nil, err
	}
	c.before, err = r.PreviousDecisions(ctx, p.Scope.Frozen)
	return c, err
}

func (c *copier) item(ctx context.Context, m Member) (*store.ReviewItem, error) {
	group := c.subjects[m.Entitlement]
	source := c.sources[group.SourceID]
	i := &store.ReviewItem{
		Basis: m.Basis, Subject: m.Subject, SourceID: source.SourceID, Source: source.Name, ObservedAt: source.ObservedAt,
		Entitlement: group.ID, EntitlementName: group.Name, EntitlementDN: group.DN, Privileged: group.Privileged,
		MorePaths: m.MorePaths, GrantedSeq: m.Since, Findings: "[]",
	}
	if m.Basis == iam.UnresolvedGrant {
		i.SubjectName, i.SubjectFold, i.DN, i.Unresolved = m.Value, store.Fold(m.Value), m.Value, m.Unresolved
		i.Enabled, i.LastSignIn = iam.UnknownTri, iam.UnknownMoment
		i.EdgeMemberName, i.EdgeGroup, i.EdgeGroupName = m.Value, group.ID, group.Name
	} else {
		s, open := c.subjects[m.Subject]
		if !open {
			return i, iam.Errorf(iam.Internal, "A member of %s is no open record, so nothing was frozen.", group.Name).Fix("Read the source again.")
		}
		c.copySubject(i, s)
	}
	if m.Edge.Member != 0 {
		i.EdgeMember, i.EdgeMemberName = m.Edge.Member, c.subjects[m.Edge.Member].Name
		i.EdgeGroup, i.EdgeGroupName, i.EdgeOthers = m.Edge.Group, c.subjects[m.Edge.Group].Name, m.Others
	}
	if p, decided := c.before[store.GrantKey{Entitlement: m.Entitlement, Subject: m.Subject, Value: m.Value}]; decided {
		i.PreviousVerdict, i.PreviousAt, i.PreviousCampaign = p.Verdict, p.At, p.Campaign
	}
	var err error
	if i.Path, err = c.path(m); err != nil {
		return i, err
	}
	if i.GrantedAt, err = c.time(ctx, m.Since); err != nil {
		return i, err
	}
	if found := c.tags(m); len(found) > 0 {
		b, err := json.Marshal(found)
		if err != nil {
			return i, err
		}
		i.Findings = string(b)
	}
	return i, nil
}

func (c *copier) copySubject(i *store.ReviewItem, s store.Subject) {
	fold, known := c.folds[s.ID]
	if !known {
		fold = store.Fold(s.Name)
		c.folds[s.ID] = fold
	}
	i.SubjectName, i.SubjectFold, i.Login, i.DN, i.Sort, i.Enabled = s.Name, fold, s.Login, s.DN, s.Sort, s.Enabled
	i.Department, i.Title, i.Identity, i.LastSignIn = s.Department, s.Title, s.Identity, s.LastSignIn
	i.Reviewer = s.Reviewer // the manager, until the reviewers are given out
	if s.Group {
		i.Reviewer = store.Person{} // its owner is not the manager of a member
	}
	i.Peers, i.PeersOf = c.peers.of(s, i.Entitlement)
}

// path is a path with names, as JSON.
func (c *copier) path(m Member) (string, error) {
	if len(m.Path) == 1 {
		if p, known := c.paths[m.Entitlement]; known {
			return p, nil
		}
	}
	steps := make([]Step, len(m.Path))
	for n, id := range m.Path {
		steps[n] = Step{id.String(), c.subjects[id].Name}
	}
	b, err := json.Marshal(steps)
	if len(m.Path) == 1 {
		c.paths[m.Entitlement] = string(b)
	}
	return string(b), err
}

// time is when a Write happened.
func (c *copier) time(ctx context.Context, seq iam.Seq) (int64, error) {
	at, known := c.times[seq]
	if known {
		return at, nil
	}
	at, err := c.r.SeqTime(ctx, seq)
	c.times[seq] = at
	return at, err
}

// tags are the findings about the subject itself, and those that say it reaches
// this entitlement.
func (c *copier) tags(m Member) []Tag {
	var out []Tag
	for _, f := range c.findings[m.Subject] {
		if f.Reaches == 0 || f.Reaches == m.Entitlement {
			out = append(out, Tag{string(f.Kind), f.Risk.String(), c.words(f)})
		}
	}
	return out
}
