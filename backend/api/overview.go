package api

// Overview is the first page.
type Overview struct {
	Identities        int64              `json:"identities"`
	Accounts          int64              `json:"accounts"`
	Groups            int64              `json:"groups"`
	Memberships       int64              `json:"memberships"`
	Sources           []Source           `json:"sources"`
	PrivilegedChanges []PrivilegedChange `json:"privilegedChanges" doc:"Newest first, at most twenty."`
	PrivilegedSince   string             `json:"privilegedSince,omitempty" doc:"Since when changes are counted: the first applied run."`
	Findings          []FindingGroup     `json:"findings"`
	FindingTotal      int64              `json:"findingTotal"`
	SignIns           []SignInBucket     `json:"signIns"`
	MembershipHistory []MembershipPoint  `json:"membershipHistory"`
	CannotSee         []CannotSee        `json:"cannotSee"`
	DiskEncrypted     string             `json:"diskEncrypted" enum:"yes,no,unknown"`
}

// PrivilegedChange is a gain or loss of membership in a privileged group.
type PrivilegedChange struct {
	At         string `json:"at" format:"date-time" doc:"When it was observed."`
	SourceTime string `json:"sourceTime,omitempty" format:"date-time"`
	Op         string `json:"op" enum:"added,removed"`
	Member     Ref    `json:"member"`
	MemberKind string `json:"memberKind" enum:"account,group,unresolved"`
	Group      Ref    `json:"group"`
	Accounts   int64  `json:"accounts" doc:"Accounts that gained or lost the group by it."`
	Path       []Ref  `json:"path" doc:"From the member's group to the privileged one; empty if direct."`
	Run        string `json:"run"`
	Event      int64  `json:"event"`
	// Account is one to explain it with.
	Account *Ref `json:"account,omitempty"`
}

// SignInBucket counts accounts by the age of their last sign-in.
type SignInBucket struct {
	Bucket string `json:"bucket" enum:"d7,d30,d75,d90,over90,never,notCollected,notSupported,unknown"`
	Label  string `json:"label"`
	Count  int64  `json:"count"`
	Tone   string `json:"tone" enum:"plain,warn,unsure"`
}

// MembershipPoint is how many memberships were open after an applied run.
type MembershipPoint struct {
	At          string `json:"at" format:"date-time"`
	Memberships int64  `json:"memberships"`
}

// CannotSee is something an answer here does not include.
type CannotSee struct {
	What   string `json:"what"`
	Why    string `json:"why" enum:"not read,right missing,not supported,skipped"`
	Source *Ref   `json:"source,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// SearchHit is something a search found.
type SearchHit struct {
	Ref    Ref    `json:"ref"`
	Login  string `json:"login,omitempty"`
	Detail string `json:"detail,omitempty"`
	Source string `json:"source,omitempty"`
}

// Search asks for anything by anything.
type Search struct {
	Q     string `query:"q" required:"true" maxLength:"256"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"12"`
}

// SearchAnswer is what a search found.
type SearchAnswer struct {
	Items []SearchHit `json:"items"`
}
