package iam

// HoldRule is one way in which a complete read can see less than there is.
type HoldRule string

// The rules of the brake.
const (
	AccountsGone     HoldRule = "accountsGone"
	EntitlementsGone HoldRule = "entitlementsGone"
	MembershipsGone  HoldRule = "membershipsGone"
	GroupEmptied     HoldRule = "groupEmptied"
	GroupGone        HoldRule = "groupGone"
	GroupDeleted     HoldRule = "groupDeleted"
	GroupHalved      HoldRule = "groupHalved"
	PrivilegedLoss   HoldRule = "privilegedLoss"
	UnitVanished     HoldRule = "unitVanished"
	StatesFlipped    HoldRule = "statesFlipped"
	KeysChanged      HoldRule = "keysChanged"
	ConfigChanged    HoldRule = "configChanged"
)

// HoldSubject says what the subject of a reason is.
type HoldSubject string

// The subjects: the DN of a group or of a unit, or words for something of the
// whole source.
const (
	OfSource HoldSubject = "source"
	OfGroup  HoldSubject = "group"
	OfUnit   HoldSubject = "unit"
)

var holdRules = map[HoldRule]struct {
	title string
	about HoldSubject
}{
	AccountsGone:     {"More than 5 % of the accounts are not returned", OfSource},
	EntitlementsGone: {"More than 5 % of the groups are not returned", OfSource},
	MembershipsGone:  {"More than 10 % of the memberships are gone", OfSource},
	GroupEmptied:     {"A group lost all its members", OfGroup},
	GroupGone:        {"A group with ten members or more is not returned", OfGroup},
	GroupDeleted:     {"A group with a hundred members or more was deleted in the directory", OfGroup},
	GroupHalved:      {"A group lost more than half of its members", OfGroup},
	PrivilegedLoss:   {"A privileged group lost members", OfGroup},
	UnitVanished:     {"A unit that had entries returns none", OfUnit},
	StatesFlipped:    {"More than 5 % of the accounts changed between enabled and disabled", OfSource},
	KeysChanged:      {"More than 1 % of the accounts changed login or employee number", OfSource},
	ConfigChanged:    {"The source's settings changed since the last applied run", OfSource},
}

// Title says in words what the rule noticed.
func (r HoldRule) Title() string { return holdRules[r].title }

// About says what the subject of the rule's reasons is.
func (r HoldRule) About() HoldSubject { return holdRules[r].about }

// HoldReason is one line of the list that made the brake hold a run.
type HoldReason struct {
	Rule    HoldRule
	Subject string // what it is about, as the rule's About says: a DN, or words
	Before  int64
	After   int64
}
