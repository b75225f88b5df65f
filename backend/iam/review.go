package iam

// Verdict is what a reviewer decided of one item.
type Verdict string

// The verdicts.
const (
	Undecided Verdict = "undecided" // not yet, or withdrawn
	Keep      Verdict = "keep"
	Revoke    Verdict = "revoke"
	Modify    Verdict = "modify"    // kept in another form, told in the reason
	Exception Verdict = "exception" // kept until a date
	Defer     Verdict = "defer"
	DontKnow  Verdict = "dontKnow"
)

// Basis is why a subject stands in a campaign beside an entitlement.
type Basis string

// The bases.
const (
	DirectGrant     Basis = "direct"     // an account that is itself a member
	NestedGroup     Basis = "group"      // a group that is a member
	EffectiveOnly   Basis = "effective"  // an account that is in only through other groups
	UnresolvedGrant Basis = "unresolved" // a member that is no account or group of ours
)

// CampaignState is how a review stands.
type CampaignState string

// The states. Closing is final.
const (
	CampaignOpen   CampaignState = "open"
	CampaignClosed CampaignState = "closed"
)

// Relation is why a reviewer was given an item.
type Relation string

// The relations.
const (
	ByManager  Relation = "manager"
	ByOwner    Relation = "owner"
	ByName     Relation = "named"
	ByFallback Relation = "fallback" // the rule named nobody, or the subject
	Reassigned Relation = "reassigned"
	Unassigned Relation = "unassigned"
)
