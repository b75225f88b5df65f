package iam

// SourceKind is a kind of directory, such as "ldap".
type SourceKind string

// Source is one connected directory or tenant.
type Source struct {
	ID     ID
	Name   string
	Kind   SourceKind
	Config SourceConfig
	// ConfigVersion rises with every change of Config that can change what a
	// read returns. The run after such a change is preview only.
	ConfigVersion int64
	CreatedAt     int64 // microseconds
}

// SourceConfig says where a source is and how its entries are understood. The
// bind password is no part of it: it lies sealed in the vault.
type SourceConfig struct {
	URL         string    `json:"url"`                   // ldap://host:port or ldaps://host:port
	StartTLS    bool      `json:"startTls,omitempty"`    // RFC 4511 section 4.14
	CAFile      string    `json:"caFile,omitempty"`      // the path, for people
	CAPEM       string    `json:"caPem,omitempty"`       // the certificates themselves, copied when set
	Fingerprint string    `json:"fingerprint,omitempty"` // SHA-256 of the server certificate, confirmed by an operator
	BindDN      string    `json:"bindDn,omitempty"`      // empty: anonymous
	BaseDN      string    `json:"baseDn"`                //
	PageSize    int       `json:"pageSize,omitempty"`    // entries a page; 0: 1000
	TimeoutSec  int       `json:"timeoutSec,omitempty"`  // for each answer of the server; 0: 30
	Auth        string    `json:"auth,omitempty"`        // how to sign in: empty for name and password, or "kerberos"
	Kerberos    *Kerberos `json:"kerberos,omitempty"`    // where Auth is kerberos
	Mapping     Mapping   `json:"mapping"`

	File *FileConfig `json:"file,omitempty"` // of the kind "file", which has no address
}

// Kerberos says with which tickets a source signs in. The password, where one is
// used, lies sealed in the vault.
type Kerberos struct {
	Realm      string   `json:"realm,omitempty"`      // EXAMPLE.COM; empty: that of the user or of the session
	KDCs       []string `json:"kdcs,omitempty"`       // host or host:port; empty: the host of URL
	User       string   `json:"user,omitempty"`       // empty: the user part of BindDN
	KeytabFile string   `json:"keytabFile,omitempty"` // instead of a password
	Session    bool     `json:"session,omitempty"`    // the tickets of whoever runs this program
}

// Mapping says which attribute means what. An empty field means that the source
// has none, and its values are reported as not supported.
type Mapping struct {
	UserFilter     string   `json:"userFilter"`
	GroupFilter    string   `json:"groupFilter"`
	Login          string   `json:"login"`
	Name           string   `json:"name"`
	GivenName      string   `json:"givenName"`
	Surname        string   `json:"surname"`
	Mail           string   `json:"mail"`
	Phone          string   `json:"phone"`
	EmployeeNumber string   `json:"employeeNumber"`
	EmployeeType   string   `json:"employeeType"`
	Department     string   `json:"department"`
	Title          string   `json:"title"`
	Location       string   `json:"location"`
	Manager        string   `json:"manager"`
	Owner          string   `json:"owner"`   // of service and shared accounts, and of groups
	EndDate        string   `json:"endDate"` // when the person leaves
	LastSignIn     string   `json:"lastSignIn"`
	GroupName      string   `json:"groupName"`
	Service        []string `json:"service,omitempty"`    // DN suffixes or employee types that make an entry a service account
	Shared         []string `json:"shared,omitempty"`     // the same for shared accounts
	Privileged     []string `json:"privileged,omitempty"` // names of groups that give power over others
}
