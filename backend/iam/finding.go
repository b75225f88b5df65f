package iam

// FindingKind is a sort of thing a check notices.
type FindingKind string

// The kinds. FindingKinds says of each what it asks.
const (
	NestedPrivileged     FindingKind = "nestedPrivileged"
	LeaverActive         FindingKind = "leaverActive"
	ExpiredEnabled       FindingKind = "expiredEnabled"
	Dormant              FindingKind = "dormant"
	NeverUsed            FindingKind = "neverUsed"
	PasswordNeverExpires FindingKind = "passwordNeverExpires"
	PrivilegedNoReason   FindingKind = "privilegedNoReason"
	StaleAdminCount      FindingKind = "staleAdminCount"
	Orphan               FindingKind = "orphan"
	NoOwner              FindingKind = "noOwner"
	DuplicateIdentity    FindingKind = "duplicateIdentity"
	HeldRun              FindingKind = "heldRun"
	Drift                FindingKind = "drift"
	Cycle                FindingKind = "cycle"
	DanglingMember       FindingKind = "danglingMember"
	OwnerlessGroup       FindingKind = "ownerlessGroup"
	EmptyGroup           FindingKind = "emptyGroup"
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

// RiskOf is the risk that the API's word names, 0 if it names none.
func RiskOf(word string) Risk {
	for r, w := range riskWords {
		if w == word {
			return r
		}
	}
	return 0
}

// Finding is something a check noticed about one object.
type Finding struct {
	ID        ID
	Kind      FindingKind
	Risk      Risk
	SourceID  ID
	SubjectID ID     // an account, an entitlement, an identity or a source
	Detail    string // what exactly, in words
	FirstSeen int64  // microseconds

	Size       int64  // how many rows it is about
	Basis      string // what an acceptance rests on, besides kind, subject and risk
	Privileged bool   // the subject is, or reaches, a privileged group
}

// Acceptance says why a finding is let be, and until when. It ends before if
// the finding gets worse: riskier, larger, or about something else.
type Acceptance struct {
	At       int64 // microseconds
	Until    int64
	Reason   string
	Ticket   string // empty if none
	Baseline string // the baseline's name; empty if accepted by itself
	Actor    Actor
}

// How long a finding may be accepted.
const (
	AcceptDays     = 90
	MostAcceptDays = 366
)
