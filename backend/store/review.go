package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Campaign is a review of frozen grants.
type Campaign struct {
	ID           iam.ID
	UUID         string // names it outside this installation
	Name         string
	State        iam.CampaignState
	Scope        CampaignScope
	Rule         ReviewerRule
	DueAt        int64
	SourceReason string // why a partial, held or stale source was frozen all the same
	FrozenAt     int64
	Seq          iam.Seq // the Write that froze it
	Digest       string  // of what was frozen
	Read         int64   // = InScope + Excluded
	InScope      int64
	Excluded     int64
	ClosedAt     int64 // 0: open
	ClosedSeq    iam.Seq
	Signer       Person
	Statement    string
	CloseReason  string // why it was closed incomplete
}

// CampaignScope is which grants a campaign was asked to freeze.
type CampaignScope struct {
	Groups     []iam.ID    `json:"groups,omitempty"`
	Source     iam.ID      `json:"source,omitempty"`
	Privileged bool        `json:"privileged,omitempty"`
	Words      string      `json:"words,omitempty"`
	Effective  bool        `json:"effective,omitempty"`
	Exclude    []Exclusion `json:"exclude,omitempty"`
	// Frozen are the groups that it came to, in the order of the items. Those
	// without a member have no item, and may get members later.
	Frozen []iam.ID `json:"frozen,omitempty"`
}

// Exclusion leaves grants out of a campaign.
type Exclusion struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// ReviewerRule is who was to review what.
type ReviewerRule struct {
	Kind     string   `json:"kind"`
	Named    []iam.ID `json:"named,omitempty"`
	Fallback iam.ID   `json:"fallback,omitempty"`
}

// CampaignSource is what a source had when a campaign was frozen.
type CampaignSource struct {
	SourceID    iam.ID `json:"source"`
	Name        string `json:"name"`
	Run         iam.ID `json:"run"` // 0: none was applied
	ObservedAt  int64  `json:"observedAt"`
	Coverage    string `json:"coverage"`
	Note        string `json:"note"`
	Accounts    int64  `json:"accounts"`
	Groups      int64  `json:"groups"`
	Memberships int64  `json:"memberships"`
	Unresolved  int64  `json:"unresolved"`
	GroupsIn    int64  `json:"groupsIn"`
	DirectIn    int64  `json:"directIn"`
	EffectiveIn int64  `json:"effectiveIn"`
}

// campaignDetail is what the event of a freeze keeps: enough to tell from the
// log alone what was frozen.
type campaignDetail struct {
	Campaign   iam.ID           `json:"campaign"`
	UUID       string           `json:"uuid"`
	DueAt      int64            `json:"dueAt"`
	Read       int64            `json:"read"`
	InScope    int64            `json:"inScope"`
	Excluded   int64            `json:"excluded"`
	Digest     string           `json:"digest"`
	Scope      CampaignScope    `json:"scope"`
	Exclusions []Exclusion      `json:"exclusions"`
	Sources    []CampaignSource `json:"sources"`
	Reviewers  ReviewerRule     `json:"reviewers"`
}

// FreezeCampaign records a campaign with everything that it froze. Its name must
// be free. The id, the time, the event and the digest are set here.
func (t *Tx) FreezeCampaign(ctx context.Context, c Campaign, sources []CampaignSource, exclusions []Exclusion, items []*ReviewItem) error {
	if _, err := t.q.CampaignByName(ctx, c.Name); err == nil {
		return iam.Errorf(iam.Conflict, "A campaign named %q exists already.", c.Name).In("name").Fix("Choose another name.")
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var err error
	if c.ID, err = t.NewID(ctx); err != nil {
		return err
	}
	c.Seq, c.FrozenAt = t.Seq, t.Now
	for _, i := range items {
		i.Campaign = c.ID
	}
	if c.Digest, err = digestItems(func(yield func(ReviewItem, error) bool) {
		for _, i := range items {
			if !yield(*i, nil) {
				return
			}
		}
	}); err != nil {
		return err
	}
	scope, err := json.Marshal(c.Scope)
	if err != nil {
		return err
	}
	rule, err := json.Marshal(c.Rule)
	if err != nil {
		return err
	}
	if err := t.q.InsertCampaign(ctx, db.InsertCampaignParams{
		ID: int64(c.ID), Uuid: c.UUID, Name: c.Name, Scope: string(scope), Reviewers: string(rule), DueAt: c.DueAt, SourceReason: c.SourceReason,
		FrozenAt: c.FrozenAt, Seq: int64(c.Seq), Digest: c.Digest, Read: c.Read, InScope: c.InScope, Excluded: c.Excluded,
	}); err != nil {
		return err
	}
	for _, s := range sources {
		if err := t.q.InsertCampaignSource(ctx, db.InsertCampaignSourceParams{
			CampaignID: int64(c.ID), SourceID: int64(s.SourceID), Name: s.Name, RunID: int64(s.Run), ObservedAt: s.ObservedAt, Coverage: s.Coverage, Note: s.Note,
			Accounts: s.Accounts, Groups: s.Groups, Memberships: s.Memberships, Unresolved: s.Unresolved, GroupsIn: s.GroupsIn, DirectIn: s.DirectIn, EffectiveIn: s.EffectiveIn,
		}); err != nil {
			return err
		}
	}
	for i, e := range exclusions {
		if err := t.q.InsertCampaignExclusion(ctx, db.InsertCampaignExclusionParams{CampaignID: int64(c.ID), Ord: int64(i + 1), Rule: e.Rule, Reason: e.Reason, Count: e.Count}); err != nil {
			return err
		}
	}
	if err := t.insertItems(ctx, items); err != nil {
		return err
	}
	t.About("campaign", c.ID, c.Name)
	t.Because(c.SourceReason)
	t.Touches("reviews")
	return t.Detail(campaignDetail{c.ID, c.UUID, c.DueAt, c.Read, c.InScope, c.Excluded, c.Digest, c.Scope, exclusions, sources, c.Rule})
}

func campaignOf(r db.Campaign) (Campaign, error) {
	c := Campaign{
		ID: iam.ID(r.ID), UUID: r.Uuid, Name: r.Name, State: iam.CampaignState(r.State), DueAt: r.DueAt, SourceReason: r.SourceReason,
		FrozenAt: r.FrozenAt, Seq: iam.Seq(r.Seq), Digest: r.Digest, Read: r.Read, InScope: r.InScope, Excluded: r.Excluded,
		ClosedAt: r.ClosedAt, ClosedSeq: iam.Seq(r.ClosedSeq), Signer: Person{iam.ID(r.SignerID), r.SignerName}, Statement: r.Statement, CloseReason: r.CloseReason,
	}
	return c, errors.Join(json.Unmarshal([]byte(r.Scope), &c.Scope), json.Unmarshal([]byte(r.Reviewers), &c.Rule))
}

// Campaign is a campaign by its UUID, or NotFound.
func (r *Reader) Campaign(ctx context.Context, uuid string) (Campaign, error) {
	row, err := one(r.q.CampaignByUUID(ctx, uuid))("There is no such campaign.")
	if err != nil {
		return Campaign{}, err
	}
	return campaignOf(row)
}

// Campaigns are all campaigns, newest first.
func (r *Reader) Campaigns(ctx context.Context) ([]Campaign, error) {
	rows, err := r.q.ListCampaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Campaign, len(rows))
	for i, row := range rows {
		if out[i], err = campaignOf(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CampaignSources are the sources a campaign touches, by name.
func (r *Reader) CampaignSources(ctx context.Context, campaign iam.ID) ([]CampaignSource, error) {
	rows, err := r.q.ListCampaignSources(ctx, int64(campaign))
	out := make([]CampaignSource, len(rows))
	for i, s := range rows {
		out[i] = CampaignSource{
			SourceID: iam.ID(s.SourceID), Name: s.Name, Run: iam.ID(s.RunID), ObservedAt: s.ObservedAt, Coverage: s.Coverage, Note: s.Note,
			Accounts: s.Accounts, Groups: s.Groups, Memberships: s.Memberships, Unresolved: s.Unresolved, GroupsIn: s.GroupsIn, DirectIn: s.DirectIn, EffectiveIn: s.EffectiveIn,
		}
	}
	return out, err
}

// CampaignExclusions are a campaign's exclusions in order, with what they left
// out.
func (r *Reader) CampaignExclusions(ctx context.Context, campaign iam.ID) ([]Exclusion, error) {
	rows, err := r.q.ListCampaignExclusions(ctx, int64(campaign))
	out := make([]Exclusion, len(rows))
	for i, e := range rows {
		out[i] = Exclusion{e.Rule, e.Reason, e.Count}
	}
	return out, err
}
