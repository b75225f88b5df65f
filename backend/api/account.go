package api

// AccountRow is an account in a list.
type AccountRow struct {
	ID              string      `json:"id"`
	Login           string      `json:"login"`
	Name            string      `json:"name"`
	Sort            string      `json:"sort" enum:"person,service,shared"`
	Source          Ref         `json:"source"`
	DN              string      `json:"dn"`
	Description     string      `json:"description"`
	Department      string      `json:"department"`
	Owner           *Ref        `json:"owner,omitempty"`
	OwnerText       string      `json:"ownerText" doc:"The owner as the source names it, if it is no entry of ours."`
	Enabled         Tri         `json:"enabled"`
	Locked          Tri         `json:"locked"`
	GroupsDirect    int64       `json:"groupsDirect"`
	GroupsEffective int64       `json:"groupsEffective"`
	LastSignIn      Moment      `json:"lastSignIn"`
	Finding         *FindingTag `json:"finding,omitempty"`
}

// Account is everything known about one account.
type Account struct {
	AccountRow
	Identity        *Ref         `json:"identity,omitempty"`
	ExternalID      string       `json:"externalId"`
	EmployeeNumber  string       `json:"employeeNumber"`
	EmployeeType    string       `json:"employeeType"`
	Title           string       `json:"title"`
	Location        string       `json:"location"`
	Mail            string       `json:"mail"`
	Phone           string       `json:"phone"`
	Manager         *Ref         `json:"manager,omitempty"`
	ManagerText     string       `json:"managerText"`
	LockedUntil     Moment       `json:"lockedUntil"`
	AccountExpires  Moment       `json:"accountExpires"`
	PasswordExpires Moment       `json:"passwordExpires"`
	PasswordChanged Moment       `json:"passwordChanged"`
	MustChange      Tri          `json:"mustChange"`
	EndDate         Moment       `json:"endDate"`
	CreatedAt       Moment       `json:"createdAt"`
	ModifiedAt      Moment       `json:"modifiedAt"`
	FirstSeen       string       `json:"firstSeen" format:"date-time"`
	ObservedAt      string       `json:"observedAt" format:"date-time" doc:"When the run that is shown ended."`
	Run             string       `json:"run"`
	Findings        []FindingRow `json:"findings"`
}

// ListAccounts asks for accounts.
type ListAccounts struct {
	PageQuery
	Type    string `query:"type" enum:"person,service,shared"`
	Source  string `query:"source" maxLength:"32"`
	Enabled string `query:"enabled" enum:"yes,no"`
	SignIn  string `query:"signIn" enum:"d7,d30,d75,d90,over90,never,notCollected,notSupported,unknown"`
	Finding string `query:"finding" maxLength:"32"`
}

// Membership is one group an account is in, directly or by nesting.
type Membership struct {
	Group      Ref    `json:"group"`
	DN         string `json:"dn"`
	Source     Ref    `json:"source"`
	Account    Ref    `json:"account"`
	Privileged bool   `json:"privileged"`
	Direct     bool   `json:"direct"`
	Steps      int    `json:"steps" doc:"The length of the shortest path: 1 is direct."`
	Path       []Ref  `json:"path" doc:"The shortest path, from the group the account is in to the one reached."`
	Since      string `json:"since" format:"date-time" doc:"When the newest edge of the shortest path was first observed."`
}

// Memberships are the groups of an account or identity, with what is not known.
type Memberships struct {
	Items     []Membership `json:"items"`
	Direct    int          `json:"direct"`
	Effective int          `json:"effective"`
	// Unsure says why an answer may lack groups: a held, partial or missing run.
	Unsure []string `json:"unsure"`
}

// ExplainMembership asks why an account is in a group.
type ExplainMembership struct {
	IDPath
	Group string `query:"group" required:"true" maxLength:"32"`
}

// Explanation is why an account is in a group: every path, and the graph they
// make together.
type Explanation struct {
	Account   Ref         `json:"account"`
	Group     Ref         `json:"group"`
	Direct    bool        `json:"direct"`
	Paths     [][]Ref     `json:"paths" doc:"Shortest first, at most a hundred. A path lists groups from the one the account is in to the one reached."`
	MorePaths bool        `json:"morePaths"`
	Nodes     []GraphNode `json:"nodes"`
	Edges     []GraphEdge `json:"edges"`
	Prove     string      `json:"prove" doc:"The same question as ldapsearch commands."`
}

// GraphNode is the account or a group on the way.
type GraphNode struct {
	Ref        Ref    `json:"ref"`
	Detail     string `json:"detail" doc:"Such as '12 effective members'."`
	Privileged bool   `json:"privileged"`
	Target     bool   `json:"target"`
}

// GraphEdge says that From is a direct member of To.
type GraphEdge struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Since string `json:"since" format:"date-time"`
	Fresh bool   `json:"fresh" doc:"First observed in the newest applied run that is not the first."`
}
