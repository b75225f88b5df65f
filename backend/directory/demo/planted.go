package demo

import "gatehouse/backend/iam"

// Problem is something wrong at Halden Instruments that a review should find.
type Problem struct {
	Name     string
	Finding  iam.FindingKind // what the product calls it; empty where no check looks for it yet
	Where    string          // where to look, for people
	Subjects []string        // every login or group it is about, in order
}

// Planted are the problems in the company after [Company.Today]. The tests
// compute each from the tree and compare.
var Planted = []Problem{
	{
		Name: "An intern reaches Administrators through four nested groups", Finding: iam.NestedPrivileged,
		Where:    "mlaasen: calib-interns > calib-lab > lab-operations > infra-operators > Administrators; since today, when lab-operations was put into infra-operators",
		Subjects: []string{"mlaasen"},
	},
	{
		Name: "Leavers whose account still works", Finding: iam.LeaverActive,
		Where:    "people whose schacExpiryDate has passed and whose account is enabled: ypetrova left 116 days ago",
		Subjects: []string{"cdragsten", "ghovland", "ypetrova"},
	},
	{
		Name: "Dormant administrators", Finding: iam.Dormant,
		Where:    "members of privileged groups without a sign-in for 90 days: dpatel-adm, 131 days; objornstad, 125 days",
		Subjects: []string{"akuznetsova-adm", "dpatel-adm", "hsedlacek-adm", "objornstad"},
	},
	{
		Name: "Other dormant accounts", Finding: iam.Dormant,
		Where:    "enabled, no privileged group, no sign-in for 90 days",
		Subjects: []string{"aletchumanan", "cosuilleabhain", "fhajek", "mzagar", "rbunzli", "sthune", "zthibodeaux", "zwarsame"},
	},
	{
		Name: "Service accounts without an owner", Finding: iam.NoOwner,
		Where:    "ou=service, no owner: svc-jenkins",
		Subjects: []string{"svc-jenkins", "svc-label-print", "svc-ldap-test", "svc-scan-to-mail", "svc-sonar-legacy", "svc-sp-connect", "svc-tide-import"},
	},
	{
		Name:     "Shared accounts",
		Where:    "ou=shared: lab-kiosk-2",
		Subjects: []string{"cleanroom-a", "frontdesk-brq", "lab-kiosk-1", "lab-kiosk-2", "reception-trd", "showroom-muc", "tank-console", "training-room", "warehouse-scanner"},
	},
	{
		Name: "Orphan accounts", Finding: iam.Orphan,
		Where:    "person entries without employee number and manager: tmp-audit2, which may use the VPN",
		Subjects: []string{"ext-kpi", "hansen-old", "migrate01", "test-firmware", "tmp-audit2"},
	},
	{
		Name:     "Two jobs' worth of memberships",
		Where:    "members of two departments' team groups after a move: mjgarcia, 19 groups",
		Subjects: []string{"hdang", "jgagne", "lmelhus", "mjgarcia", "mslusarczyk", "nberidze"},
	},
	{
		Name: "A membership cycle", Finding: iam.Cycle,
		Where:    "doc-authors contains doc-reviewers contains doc-authors",
		Subjects: []string{"doc-authors", "doc-reviewers"},
	},
	{
		Name: "Dangling members", Finding: iam.DanglingMember,
		Where:    "25 members in 8 groups that are no entries: uid=hlund,ou=people in all of them, while the entry has moved to ou=leavers",
		Subjects: []string{"Backup Operators", "calibration-release", "doc-reviewers", "fleet-trials", "plm-users", "sonar-data", "team-marine-sensors", "vpn-users"},
	},
	{
		Name: "Empty groups", Finding: iam.EmptyGroup,
		Where: "posixGroup entries without memberUid: proj-fjord-2019",
		Subjects: []string{"beta-testers-2022", "cluster-old", "fax-users", "lab-solaris", "printer-b2", "proj-aurora-2017",
			"proj-fjord-2019", "proj-kelp-2018", "proj-lynx-2020", "proj-tern-2021", "tmp-migration"},
	},
	{
		Name:     "Locked after wrong passwords",
		Where:    "pwdAccountLockedTime until an administrator unlocks: jmueller",
		Subjects: []string{"emacaoidh", "jmueller", "ltok"},
	},
}
