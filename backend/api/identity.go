package api

// IdentityRow is an identity in a list.
type IdentityRow struct {
	ID              string      `json:"id"`
	Name            string      `json:"name"`
	Login           string      `json:"login"`
	Title           string      `json:"title"`
	Department      string      `json:"department"`
	Accounts        int64       `json:"accounts"`
	GroupsDirect    int64       `json:"groupsDirect"`
	GroupsEffective int64       `json:"groupsEffective"`
	LastSignIn      Moment      `json:"lastSignIn" doc:"The latest over all accounts."`
	Enabled         Tri         `json:"enabled" doc:"Yes if any account is enabled."`
	Finding         *FindingTag `json:"finding,omitempty"`
}

// Identity is everything known about one identity.
type Identity struct {
	ID              string       `json:"id"`
	Sort            string       `json:"sort" enum:"person,service,shared"`
	Name            string       `json:"name"`
	EmployeeNumber  string       `json:"employeeNumber"`
	Login           string       `json:"login"`
	Title           string       `json:"title"`
	Department      string       `json:"department"`
	Location        string       `json:"location"`
	EmployeeType    string       `json:"employeeType"`
	Mail            string       `json:"mail"`
	Phone           string       `json:"phone"`
	Manager         *Ref         `json:"manager,omitempty"`
	Reports         int64        `json:"reports" doc:"Accounts that name this identity as manager."`
	EndDate         Moment       `json:"endDate"`
	Accounts        []Account    `json:"accounts"`
	GroupsDirect    int64        `json:"groupsDirect"`
	GroupsEffective int64        `json:"groupsEffective"`
	Findings        []FindingRow `json:"findings"`
	CorrelatedBy    string       `json:"correlatedBy" doc:"Why these accounts are one identity."`
	FirstSeen       string       `json:"firstSeen" format:"date-time"`
}

// ListIdentities asks for identities.
type ListIdentities struct {
	PageQuery
	Source     string `query:"source" maxLength:"32"`
	Enabled    string `query:"enabled" enum:"yes,no"`
	Locked     string `query:"locked" enum:"yes"`
	SignIn     string `query:"signIn" enum:"d7,d30,d75,d90,over90,never,notCollected,notSupported,unknown" doc:"Days since the last sign-in, or the word for why it is not known."`
	Finding    string `query:"finding" maxLength:"32"`
	Department string `query:"department" maxLength:"200"`
}
