package iam

// Sort says what stands behind an account or an identity.
type Sort string

// The sorts.
const (
	Person   Sort = "person"
	Service  Sort = "service"
	Shared   Sort = "shared"
	Computer Sort = "computer" // a machine's own account
)

// Account is a login object in a source, as last read.
type Account struct {
	ID         ID
	SourceID   ID
	IdentityID ID     // 0: none, as for service and shared accounts
	ExternalID string // the directory's immutable id, such as entryUUID
	DN         string
	AccountFacts
	Since Seq // the Write that opened this version
}

// AccountFacts are what a source says about an account, unknowns included.
type AccountFacts struct {
	Login          string
	Name           string
	GivenName      string
	Surname        string
	Sort           Sort
	EmployeeNumber string
	EmployeeType   string
	Department     string
	Title          string
	Location       string
	ManagerRef     string // the manager's reference in the source's own naming
	OwnerRef       string // of a service or shared account
	Description    string

	PrincipalName string // AD userPrincipalName
	SID           string // AD objectSid, as S-1-5-…
	SIDHistory    string // former sids, separated by spaces: each may still open doors
	ServiceNames  string // AD servicePrincipalName, separated by spaces
	// Flags are words separated by spaces, in order of the alphabet, that the
	// kind documents, such as "adminCount managedService passwordNotRequired".
	Flags string

	Enabled         Tri
	Locked          Tri
	LockedUntil     Moment // Never: until an administrator unlocks
	AccountExpires  Moment
	PasswordExpires Moment
	PasswordChanged Moment
	MustChange      Tri
	LastSignIn      Moment
	StartDate       Moment // when the person begins
	EndDate         Moment // when the person leaves
	CreatedAt       Moment // in the source
	ModifiedAt      Moment // in the source
}

// Contact values are personal, may change at will and keep no history.
type Contact struct {
	Mail  string
	Phone string
}

// Identity is a person, service or shared function that owns accounts.
type Identity struct {
	ID             ID
	Sort           Sort
	Name           string
	EmployeeNumber string
	Since          Seq
}
