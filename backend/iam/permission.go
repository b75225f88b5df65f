package iam

// Permission is a right to use a part of the console. Every route declares one.
type Permission string

// The permissions.
const (
	Public        Permission = "public"         // no session: the static shell, the start link, the session itself
	ReadDirectory Permission = "directory.read" // see identities, groups, findings, sources and runs
	ReadNow       Permission = "source.read"    // start, cancel and preview a run
	ManageSources Permission = "source.manage"  // connect, change and remove sources, release held runs
	ReadAudit     Permission = "audit.read"     // see, verify and export the audit log
	RunReports    Permission = "report.run"     // take reports out of the console
	ManageFactors Permission = "factor.manage"  // enrol, replace and revoke factors
	VerifyCallers Permission = "factor.verify"  // ask whether a caller is who she says
	ManageReviews Permission = "review.manage"  // freeze, assign and close campaigns
	DecideReviews Permission = "review.decide"  // record decisions
	// ManageFindings is to accept findings, open them again and set thresholds.
	ManageFindings Permission = "finding.manage"
	Manage         Permission = "console.manage" // settings, listener, vault
)

// Permissions is a set of rights.
type Permissions map[Permission]bool

// Allows reports whether the set holds p. Public is always held.
func (ps Permissions) Allows(p Permission) bool { return p == Public || ps[p] }

// Administrator holds every permission.
func Administrator() Permissions {
	return Permissions{
		ReadDirectory: true, ReadNow: true, ManageSources: true, ReadAudit: true, RunReports: true,
		ManageFactors: true, VerifyCallers: true, ManageReviews: true, DecideReviews: true, ManageFindings: true, Manage: true,
	}
}

// Auditor sees everything and changes nothing.
func Auditor() Permissions {
	return Permissions{ReadDirectory: true, ReadAudit: true, RunReports: true}
}
