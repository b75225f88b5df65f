package iam

import (
	"fmt"
	"slices"
)

// FindingRules are the thresholds of the checks.
type FindingRules struct {
	// DormantDays is how long an account goes without a sign-in before it is
	// called dormant.
	DormantDays int `json:"dormantDays"`
	// NeverUsedDays is how old an account is before it is noticed that nobody
	// ever signed in with it.
	NeverUsedDays int `json:"neverUsedDays"`
	// NestingSteps is how many groups deep a privileged membership hides.
	NestingSteps int `json:"nestingSteps"`
}

// DefaultFindingRules are the thresholds until somebody sets others.
func DefaultFindingRules() FindingRules {
	return FindingRules{DormantDays: 90, NeverUsedDays: 30, NestingSteps: 3}
}

// Check refuses thresholds that make no sense.
func (r FindingRules) Check() error {
	for _, c := range []struct {
		field              string
		value, least, most int
	}{{"dormantDays", r.DormantDays, 15, 730}, {"neverUsedDays", r.NeverUsedDays, 1, 730}, {"nestingSteps", r.NestingSteps, 2, 20}} {
		if c.value < c.least || c.value > c.most {
			return Errorf(Invalid, "%s is %d; it must be from %d to %d.", c.field, c.value, c.least, c.most).In(c.field)
		}
	}
	return nil
}

// LagDays is how far a directory's last sign-in may lie behind the real one: an
// Active Directory writes lastLogonTimestamp only every 9 to 14 days.
func LagDays(kind SourceKind) int {
	if kind == "ad" {
		return 14
	}
	return 0
}

// FindingFacts say what a kind of finding is, for the API, the pages, the
// command line and the guides alike.
type FindingFacts struct {
	Kind      FindingKind
	Title     string
	Label     string // in a word or two, where it stands beside a name
	Question  string // what the check asks
	Threshold string // from when on it is noticed; %d is the rule's
	Remedy    string
	rule      func(FindingRules) int
}

// ThresholdBy is the threshold under the rules.
func (f FindingFacts) ThresholdBy(r FindingRules) string {
	if f.rule == nil {
		return f.Threshold
	}
	return fmt.Sprintf(f.Threshold, f.rule(r))
}

// FindingOf are the facts of a kind.
func FindingOf(kind FindingKind) FindingFacts {
	if i := slices.IndexFunc(FindingKinds, func(f FindingFacts) bool { return f.Kind == kind }); i >= 0 {
		return FindingKinds[i]
	}
	return FindingFacts{Kind: kind, Title: string(kind), Label: string(kind)}
}

// FindingTitle is what a finding is called: some kinds have a name of their own
// for the riskiest.
func FindingTitle(kind FindingKind, risk Risk) string {
	switch {
	case kind == Dormant && risk >= High:
		return "Dormant administrator"
	case kind == NestedPrivileged && risk == Critical:
		return "Temporary staff in a privileged group by nesting"
	}
	return FindingOf(kind).Title
}

// FindingKinds are all kinds, in the order in which people should care.
var FindingKinds = []FindingFacts{
	{
		Kind: NestedPrivileged, Title: "Reaches a privileged group by nesting", Label: "reaches admins",
		Question:  "Who is in a privileged group without standing in it?",
		Threshold: "An enabled account that reaches a privileged group in %d steps or more. Temporary staff are critical, others medium.",
		rule:      func(r FindingRules) int { return r.NestingSteps },
		Remedy:    "Look at the path: one of its memberships gives more than it says. Remove that one.",
	},
	{
		Kind: LeaverActive, Title: "Leaver, account still enabled", Label: "leaver, enabled",
		Question:  "Whose account works although the person has left?",
		Threshold: "The person's end date has passed, or the HR feed has the person as left, disabled or gone, and the account is not disabled. The HR feed is the source that is marked as authoritative; for people whom none of those knows, a table with a column of end dates. Where it says that the person is still here, it is an expired account instead.",
		Remedy:    "Disable the account, or correct the end date if the person has stayed.",
	},
	{
		Kind: ExpiredEnabled, Title: "Expired account, still enabled", Label: "expired, enabled",
		Question:  "Which accounts have run out and were not disabled?",
		Threshold: "The account's expiry has passed, or its end date while the HR feed knows the person as still here, and the account is not disabled.",
		Remedy:    "Disable the account, or extend it if it is still needed.",
	},
	{
		Kind: Dormant, Title: "Dormant account", Label: "dormant",
		Question:  "Which enabled accounts has nobody used for long?",
		Threshold: "The last sign-in lies more than %d days before the reading. Where the directory tells it up to 14 days late, the 14 days before the threshold cannot be concluded; a last sign-in that is not known never counts.",
		rule:      func(r FindingRules) int { return r.DormantDays },
		Remedy:    "Ask the owner whether it is still needed; disable it if not.",
	},
	{
		Kind: NeverUsed, Title: "Account never used", Label: "never used",
		Question:  "Which accounts were made and never used?",
		Threshold: "Enabled, created more than %d days before the reading, and the directory says that nobody ever signed in. A last sign-in that is not known never counts.",
		rule:      func(r FindingRules) int { return r.NeverUsedDays },
		Remedy:    "Ask who it was made for; disable it if nobody needs it.",
	},
	{
		Kind: PasswordNeverExpires, Title: "Password never expires", Label: "password lasts",
		Question:  "Whose password is exempt from expiring?",
		Threshold: "An enabled account whose password never expires while most others of its source do. Where most never expire it is the source's policy: one line for the source.",
		Remedy:    "Take the exemption away; for a service account use a managed one, or change the password on a schedule.",
	},
	{
		Kind: PrivilegedNoReason, Title: "Privileged, no reason recorded", Label: "no reason",
		Question:  "Who is in a privileged group, and nobody wrote down why?",
		Threshold: "An enabled account in a privileged group, by the nearest one it reaches. Accepting it with a reason records the reason.",
		Remedy:    "Record why, by accepting this with the reason, or take the membership away.",
	},
	{
		Kind: StaleAdminCount, Title: "Marked as administrator, in no privileged group", Label: "stale adminCount",
		Question:  "Which accounts keep the protection of administrators after they lost the groups?",
		Threshold: "adminCount is 1 and the account reaches no privileged group.",
		Remedy:    "Clear adminCount and turn inheritance of permissions on again; until then delegated resets fail.",
	},
	{
		Kind: Orphan, Title: "Orphan account, no person behind it", Label: "orphan",
		Question:  "Which accounts can nobody be named for?",
		Threshold: "A person's account whose person has no account in a source that is marked as authoritative. Where none is marked: one without employee number, manager or another account of the same person, in a source where most have a number.",
		Remedy:    "Find out whose it is. Enter an employee number or a manager in the directory, map the entry as a service or shared account, or retire it.",
	},
	{
		Kind: NoOwner, Title: "Service or shared account without owner", Label: "no owner",
		Question:  "Which service and shared accounts belong to nobody?",
		Threshold: "Not disabled, and neither an owner nor a manager is recorded.",
		Remedy:    "Agree on an owner and enter it in the directory (owner or manager).",
	},
	{
		Kind: DuplicateIdentity, Title: "Two identities, likely one person", Label: "duplicate",
		Question:  "Who is here twice?",
		Threshold: "The same name in the same department, or the same mail address and surname, unless two employee numbers differ.",
		Remedy:    "Merge the identities if they are one person; else accept this with the reason.",
	},
	{
		Kind: HeldRun, Title: "A newer reading is held", Label: "held",
		Question:  "Which source shows an older state because a reading was stopped?",
		Threshold: "A complete reading waits for a decision.",
		Remedy:    "Look at what it would remove; release it if that is right, or mend the source and read again.",
	},
	{
		Kind: Drift, Title: "A full reading found what changes had missed", Label: "drift",
		Question:  "Does reading changes alone keep up with the directory?",
		Threshold: "A full reading differed from the state that readings of changes had led to. It closes at the next full reading without a difference.",
		Remedy:    "Look at the run: rights or a replica's log may hide changes. Read in full more often until it is mended.",
	},
	{
		Kind: Cycle, Title: "Membership cycle", Label: "in a cycle",
		Question:  "Which groups contain each other?",
		Threshold: "Any cycle.",
		Remedy:    "Remove one of the memberships: groups in a cycle all have the same members.",
	},
	{
		Kind: DanglingMember, Title: "Dangling member", Label: "dangling member",
		Question:  "Which groups list members that are no entries?",
		Threshold: "A member inside the base that a complete reading did not return.",
		Remedy:    "Remove the values that name no entry, or widen the base if the entries lie outside it.",
	},
	{
		Kind: OwnerlessGroup, Title: "Group without owner", Label: "no owner",
		Question:  "Which groups in use does nobody answer for?",
		Threshold: "It has members and no owner. Where at most half of a source's groups have one: one line for the source.",
		Remedy:    "Agree on an owner and enter it in the directory.",
	},
	{
		Kind: EmptyGroup, Title: "Empty group", Label: "empty",
		Question:  "Which groups have no member?",
		Threshold: "No member of any kind, unresolved ones included.",
		Remedy:    "Delete the group if nothing refers to it any more.",
	},
}
