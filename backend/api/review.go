package api

// ReviewScope says which grants a campaign freezes: those of named groups, or
// of all groups that pass a filter.
type ReviewScope struct {
	Groups     []string    `json:"groups,omitempty" maxItems:"5000" doc:"Ids; empty: the filter decides."`
	Source     string      `json:"source,omitempty" maxLength:"32"`
	Privileged bool        `json:"privileged,omitempty" doc:"Only groups that give power over others."`
	Words      string      `json:"words,omitempty" maxLength:"256" doc:"Words of a group's name."`
	Effective  bool        `json:"effective,omitempty" doc:"Also accounts that are in by nesting only."`
	Exclude    []Exclusion `json:"exclude,omitempty" maxItems:"20" doc:"In this order; the first that fits counts."`
}

// Exclusion leaves grants out of a campaign, for a reason that is printed.
type Exclusion struct {
	Rule   string `json:"rule" enum:"serviceAccounts,sharedAccounts,disabledAccounts,nestedGroups,unresolvedMembers"`
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
	Count  int64  `json:"count,omitempty" readOnly:"true"`
}

// ReviewerRule says who reviews what.
type ReviewerRule struct {
	Kind     string   `json:"kind" enum:"managers,owners,named" doc:"The subject's manager, the group's owner, or the people named in turn, a group each."`
	Named    []string `json:"named,omitempty" maxItems:"200" doc:"Identities."`
	Fallback string   `json:"fallback,omitempty" maxLength:"32" doc:"The identity that reviews what the rule leaves over, or what would be a self-review."`
}

// PlanReview asks what a campaign would freeze now, and freezes nothing.
type PlanReview struct {
	Body struct {
		Scope     ReviewScope  `json:"scope"`
		Reviewers ReviewerRule `json:"reviewers"`
	}
}

// ReviewPlan is what would be frozen.
type ReviewPlan struct {
	Arithmetic  Arithmetic         `json:"arithmetic"`
	Groups      []ReviewGroup      `json:"groups" doc:"The largest two hundred."`
	GroupCount  int64              `json:"groupCount"`
	Bases       []BasisCount       `json:"bases"`
	Exclusions  []Exclusion        `json:"exclusions"`
	Reviewers   []ReviewerProgress `json:"reviewers"`
	Sources     []CampaignSource   `json:"sources"`
	NeedsReason bool               `json:"needsReason" doc:"A source is partial, held or stale: freezing it needs a reason, printed on page one."`
}

// BasisCount counts items by why they are there.
type BasisCount struct {
	Basis string `json:"basis" enum:"direct,group,effective,unresolved"`
	Count int64  `json:"count"`
}

// CreateReview freezes a campaign.
type CreateReview struct {
	Body struct {
		Name         string       `json:"name" minLength:"3" maxLength:"120"`
		DueAt        string       `json:"dueAt" format:"date-time"`
		Scope        ReviewScope  `json:"scope"`
		Reviewers    ReviewerRule `json:"reviewers"`
		SourceReason string       `json:"sourceReason,omitempty" maxLength:"500" doc:"Why a partial, held or stale source is frozen all the same."`
	}
}

// Arithmetic adds up (facts of a campaign): read = inScope + excluded; inScope =
// keep + revoke + modify + exception + deferred + dontKnow + undecided; revoke =
// removed + alreadyGone + open + refused.
type Arithmetic struct {
	Read        int64 `json:"read"`
	InScope     int64 `json:"inScope"`
	Excluded    int64 `json:"excluded"`
	Keep        int64 `json:"keep"`
	Revoke      int64 `json:"revoke"`
	Modify      int64 `json:"modify"`
	Exception   int64 `json:"exception"`
	Deferred    int64 `json:"deferred"`
	DontKnow    int64 `json:"dontKnow"`
	Undecided   int64 `json:"undecided"`
	Removed     int64 `json:"removed" doc:"Removed, and proven by a complete read that began after the decision."`
	AlreadyGone int64 `json:"alreadyGone" doc:"Gone by a read that began before the decision."`
	Open        int64 `json:"open" doc:"Still there, or not read since."`
	Refused     int64 `json:"refused"`
	Complete    bool  `json:"complete" doc:"Deferred, don't know and undecided are 0."`
}

// Campaign is an access review of frozen grants.
type Campaign struct {
	ID         string     `json:"id" format:"uuid"`
	Name       string     `json:"name"`
	State      string     `json:"state" enum:"open,closed"`
	DueAt      string     `json:"dueAt" format:"date-time"`
	FrozenAt   string     `json:"frozenAt" format:"date-time"`
	Event      int64      `json:"event" doc:"The audit event of the Write that froze it."`
	Arithmetic Arithmetic `json:"arithmetic"`
	ClosedAt   string     `json:"closedAt,omitempty" format:"date-time"`
}

// CampaignDetail is a campaign with what its first page says.
type CampaignDetail struct {
	Campaign
	Scope        ReviewScope        `json:"scope"`
	Rule         ReviewerRule       `json:"rule"`
	Exclusions   []Exclusion        `json:"exclusions"`
	Sources      []CampaignSource   `json:"sources"`
	SourceReason string             `json:"sourceReason,omitempty"`
	Reviewers    []ReviewerProgress `json:"reviewers"`
	Digest       string             `json:"digest" doc:"SHA-256 over what was frozen."`
	Signer       *Ref               `json:"signer,omitempty"`
	Statement    string             `json:"statement,omitempty"`
	CloseReason  string             `json:"closeReason,omitempty" doc:"Why it was closed incomplete."`
	ClosedEvent  int64              `json:"closedEvent,omitempty"`
	Joined       int64              `json:"joined" doc:"Grants that came after the freeze: listed, never mixed in."`
	Departed     int64              `json:"departed" doc:"Frozen grants that were gone later."`
}

// CampaignSource is what a source had when it was frozen.
type CampaignSource struct {
	Source      Ref    `json:"source"`
	Run         string `json:"run,omitempty"`
	ObservedAt  string `json:"observedAt,omitempty" format:"date-time"`
	Coverage    string `json:"coverage" enum:"complete,partial,held,stale"`
	Note        string `json:"note" doc:"What is wrong with it; empty if nothing."`
	Accounts    int64  `json:"accounts"`
	Groups      int64  `json:"groups"`
	Memberships int64  `json:"memberships"`
	Unresolved  int64  `json:"unresolved"`
	GroupsIn    int64  `json:"groupsIn" doc:"Groups in scope."`
	DirectIn    int64  `json:"directIn" doc:"Direct members of those groups, unresolved ones included."`
	EffectiveIn int64  `json:"effectiveIn" doc:"Accounts in them by nesting only; 0 if they were not asked for."`
}

// ReviewerProgress is how far one reviewer is. Without a reviewer it counts what
// is assigned to nobody.
type ReviewerProgress struct {
	Reviewer  *Ref  `json:"reviewer,omitempty"`
	Items     int64 `json:"items"`
	Decided   int64 `json:"decided"`
	Undecided int64 `json:"undecided"`
}

// ReviewPath names a campaign.
type ReviewPath struct {
	ID string `path:"id" format:"uuid"`
}

// ListReviews asks for campaigns, newest first.
type ListReviews struct {
	PageQuery
	State string `query:"state" enum:"open,closed"`
}

// ReviewGroup counts the items of one group, in the items' order.
type ReviewGroup struct {
	Group      Ref    `json:"group"`
	Source     string `json:"source"`
	Privileged bool   `json:"privileged"`
	Items      int64  `json:"items"`
	Undecided  int64  `json:"undecided"`
}

// ItemFilter narrows items.
type ItemFilter struct {
	Reviewer string `query:"reviewer" maxLength:"32" doc:"An identity, or nobody."`
	Verdict  string `query:"verdict" enum:"undecided,keep,revoke,modify,exception,defer,dontKnow,decided"`
	Group    string `query:"group" maxLength:"32"`
	Basis    string `query:"basis" enum:"direct,group,effective,unresolved"`
	Excluded bool   `query:"excluded" doc:"Those that an exclusion left out instead."`
	Q        string `query:"q" maxLength:"256"`
}

// ListReviewGroups asks for the groups of a campaign.
type ListReviewGroups struct {
	ReviewPath
	ItemFilter
}

// ListReviewItems asks for items, by group and name.
type ListReviewItems struct {
	ReviewPath
	ItemFilter
	Offset int   `query:"offset" minimum:"0" default:"0"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"200"`
	After  int64 `query:"after" minimum:"0" doc:"Only items with a higher number."`
}

// ReviewItem is one frozen grant.
type ReviewItem struct {
	Item       int64     `json:"item" doc:"Its number in the campaign, from 1."`
	Basis      string    `json:"basis" enum:"direct,group,effective,unresolved"`
	Subject    Ref       `json:"subject" doc:"An account or a group; of an unresolved member the value, without an id."`
	Login      string    `json:"login"`
	Sort       string    `json:"sort" doc:"person, service or shared; empty for groups and unresolved members."`
	Unresolved string    `json:"unresolved,omitempty" enum:"dangling,outsideScope,ambiguous,malformed,skipped,foreign" doc:"Why an unresolved member is one."`
	Identity   *Ref      `json:"identity,omitempty"`
	Department string    `json:"department"`
	Title      string    `json:"title"`
	Enabled    Tri       `json:"enabled"`
	Group      Ref       `json:"group"`
	Source     Ref       `json:"source"`
	Privileged bool      `json:"privileged"`
	Path       []Ref     `json:"path" doc:"Groups from the subject's to the entitlement; one if direct."`
	MorePaths  bool      `json:"morePaths"`
	Peers      int64     `json:"peers" doc:"Enabled people of the same department and source who have it."`
	PeersOf    int64     `json:"peersOf" doc:"0: there are no peers."`
	LastSignIn Moment    `json:"lastSignIn"`
	ObservedAt string    `json:"observedAt" format:"date-time" doc:"How old lastSignIn is."`
	Previous   *Previous `json:"previous,omitempty"`
	Reviewer   *Ref      `json:"reviewer,omitempty"`
	Relation   string    `json:"relation" enum:"manager,owner,named,fallback,reassigned,unassigned"`
	Verdict    string    `json:"verdict" enum:"undecided,keep,revoke,modify,exception,defer,dontKnow"`
	Until      string    `json:"until,omitempty" format:"date-time" doc:"Of an exception."`
	Decision   int64     `json:"decision" doc:"The number of its newest decision; 0: none. A new decision names it, so that two reviewers do not overwrite each other."`
	Excluded   string    `json:"excluded,omitempty" doc:"Why it was left out."`
}

// Previous is what an earlier campaign decided of the same grant.
type Previous struct {
	Verdict  string `json:"verdict"`
	At       string `json:"at" format:"date-time"`
	Campaign string `json:"campaign"`
}

// ReviewItemDetail is an item with its context and history.
type ReviewItemDetail struct {
	ReviewItem
	DN          string       `json:"dn"`
	GroupDN     string       `json:"groupDn"`
	Edge        *Edge        `json:"edge,omitempty" doc:"The one direct membership whose removal would end it; absent if no single one does."`
	GrantedAt   string       `json:"grantedAt,omitempty" format:"date-time" doc:"When the newest membership of the path was first observed."`
	Findings    []FrozenTag  `json:"findings"`
	Decisions   []Decision   `json:"decisions" doc:"Oldest first."`
	Assignments []Assignment `json:"assignments" doc:"Oldest first, the one at the freeze included."`
	Attempts    []Attempt    `json:"attempts" doc:"Decisions that were not recorded, because another was faster or the reviewer may not."`
	Removal     *Removal     `json:"removal,omitempty" doc:"If the decision is revoke."`
	Now         *ItemNow     `json:"now,omitempty" doc:"What the newest read says of the same grant."`
	Campaign    Ref          `json:"campaign"`
	CampaignOf  int64        `json:"campaignOf" doc:"Items in scope."`
}

// ItemNow is how the grant stands now, beside what was frozen.
type ItemNow struct {
	Present bool   `json:"present"`
	At      string `json:"at" format:"date-time"`
	Text    string `json:"text"`
}

// Edge is a direct membership.
type Edge struct {
	Member Ref   `json:"member"`
	Group  Ref   `json:"group"`
	Others int64 `json:"others" doc:"Other accounts that would lose the reviewed group with it."`
}

// FrozenTag is a finding as it stood at the freeze.
type FrozenTag struct {
	Kind string `json:"kind"`
	Risk string `json:"risk" enum:"low,medium,high,critical"`
	Text string `json:"text"`
}

// Decision is one line of an item's history.
type Decision struct {
	N          int64  `json:"n"`
	At         string `json:"at" format:"date-time"`
	Event      int64  `json:"event"`
	Verdict    string `json:"verdict"`
	Until      string `json:"until,omitempty" format:"date-time"`
	Reason     string `json:"reason"`
	DecidedBy  Ref    `json:"decidedBy"`
	Relation   string `json:"relation"`
	RecordedBy string `json:"recordedBy" doc:"The actor; operators are not authenticated as the person who decided."`
	Channel    string `json:"channel"`
}

// Assignment is who was to review an item, from when.
type Assignment struct {
	At         string `json:"at" format:"date-time"`
	Event      int64  `json:"event"`
	Reviewer   *Ref   `json:"reviewer,omitempty"`
	Relation   string `json:"relation"`
	Reason     string `json:"reason"`
	RecordedBy string `json:"recordedBy"`
}

// Attempt is a decision that was not recorded.
type Attempt struct {
	At      string `json:"at" format:"date-time"`
	Event   int64  `json:"event"`
	Verdict string `json:"verdict"`
	By      string `json:"by"`
	Why     string `json:"why"`
}

// ItemPath names an item.
type ItemPath struct {
	ReviewPath
	Item int64 `path:"item" minimum:"1"`
}
