package iam

// FindingKind is a sort of thing a check notices.
type FindingKind string

// The kinds.
const (
	Orphan           FindingKind = "orphan"           // a person's account that nothing ties to a person
	NoOwner          FindingKind = "noOwner"          // a service or shared account without an owner
	LeaverActive     FindingKind = "leaverActive"     // the end date has passed, the account is enabled
	Dormant          FindingKind = "dormant"          // enabled, no sign-in for 90 days
	Cycle            FindingKind = "cycle"            // groups that contain each other
	DanglingMember   FindingKind = "danglingMember"   // a member that is no entry any more
	EmptyGroup       FindingKind = "emptyGroup"       //
	NestedPrivileged FindingKind = "nestedPrivileged" // reaches a privileged group through nesting only
	Drift            FindingKind = "drift"            // a full read found what the reads of changes had missed; about a source
	HeldRun          FindingKind = "heldRun"          // a read waits for a decision; about a source
)

// Risk orders findings.
type Risk int8

// The risks.
const (
	Low      Risk = 1
	Medium   Risk = 2
	High     Risk = 3
	Critical Risk = 4
)

var riskWords = map[Risk]string{Low: "low", Medium: "medium", High: "high", Critical: "critical"}

// String is the API's word for r.
func (r Risk) String() string { return wordOr(riskWords, r, "low") }

// Finding is something a check noticed about one object.
type Finding struct {
	ID        ID
	Kind      FindingKind
	Risk      Risk
	SourceID  ID
	SubjectID ID     // an account or an entitlement
	Detail    string // what exactly, in words
	FirstSeen int64  // microseconds
}
