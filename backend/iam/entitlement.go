package iam

// EntitlementKind is what sort of thing can be granted.
type EntitlementKind string

// Group is the only kind until others are read.
const Group EntitlementKind = "group"

// Entitlement is what can be granted, as last read.
type Entitlement struct {
	ID         ID
	SourceID   ID
	Kind       EntitlementKind
	ExternalID string
	Name       string // cn
	DN         string
	EntitlementFacts
	Since Seq
}

// EntitlementFacts are what a source says about an entitlement.
type EntitlementFacts struct {
	Description string
	OwnerRef    string
	Privileged  bool
	SID         string // AD objectSid
	Flags       string // words separated by spaces, in order of the alphabet, that the kind documents, such as "global security"
	CreatedAt   Moment
	ModifiedAt  Moment // of a group: of its last change, members included
}

// Unresolved says why a member is no account or entitlement of ours.
type Unresolved string

// The reasons.
const (
	Dangling     Unresolved = "dangling"     // inside the base, and no such entry was returned
	OutsideScope Unresolved = "outsideScope" // its DN lies outside the base
	Ambiguous    Unresolved = "ambiguous"    // the reference fits more than one entry
	Malformed    Unresolved = "malformed"    // not a reference at all
	SkippedEntry Unresolved = "skipped"      // the entry exists and could not be used
	Foreign      Unresolved = "foreign"      // an object of another domain or forest
)

// EndReason says why a record is no longer current.
type EndReason string

// The reasons. NotReturned is no proof of deletion.
const (
	NotReturned EndReason = "notReturned" // a complete read no longer returned it
	Deleted     EndReason = "deleted"     // the directory proved it
	Superseded  EndReason = "superseded"  // a newer version of the same record follows
)
