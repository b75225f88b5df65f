package api

// GroupRow is a group in a list.
type GroupRow struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Source      Ref         `json:"source"`
	DN          string      `json:"dn"`
	Privileged  bool        `json:"privileged"`
	Direct      int64       `json:"direct" doc:"Direct members: accounts, groups and unresolved ones."`
	Groups      int64       `json:"groups" doc:"Groups among them."`
	Unresolved  int64       `json:"unresolved"`
	MemberOf    int64       `json:"memberOf" doc:"Groups this one is a direct member of."`
	Owner       *Ref        `json:"owner,omitempty"`
	OwnerText   string      `json:"ownerText"`
	ModifiedAt  Moment      `json:"modifiedAt"`
	Finding     *FindingTag `json:"finding,omitempty"`
}

// Group is everything known about one group.
type Group struct {
	GroupRow
	ExternalID string       `json:"externalId"`
	Effective  int64        `json:"effective" doc:"Accounts that are in it directly or by nesting."`
	CreatedAt  Moment       `json:"createdAt"`
	FirstSeen  string       `json:"firstSeen" format:"date-time"`
	ObservedAt string       `json:"observedAt" format:"date-time"`
	Run        string       `json:"run"`
	Findings   []FindingRow `json:"findings"`
	Unsure     []string     `json:"unsure"`
}

// ListGroups asks for groups.
type ListGroups struct {
	PageQuery
	Source     string `query:"source" maxLength:"32"`
	Privileged string `query:"privileged" enum:"yes"`
	Finding    string `query:"finding" maxLength:"32"`
}

// ListMembers asks for the members of a group.
type ListMembers struct {
	IDPath
	PageQuery
	Effective bool `query:"effective" doc:"Accounts in it directly or by nesting, instead of direct members."`
}

// Member is a member of a group.
type Member struct {
	Ref        Ref    `json:"ref"`
	Login      string `json:"login"`
	Sort       string `json:"sort" enum:"person,service,shared,group"`
	Enabled    Tri    `json:"enabled"`
	Identity   *Ref   `json:"identity,omitempty"`
	Department string `json:"department"`
	Direct     bool   `json:"direct"`
	Steps      int    `json:"steps"`
	Path       []Ref  `json:"path" doc:"The shortest path, from the group the account is in to this one."`
	Since      string `json:"since" format:"date-time"`
	LastSignIn Moment `json:"lastSignIn"`
}

// UnresolvedMember is a member that is no account or group of ours.
type UnresolvedMember struct {
	Value  string `json:"value" doc:"As the directory stores it."`
	Reason string `json:"reason" enum:"dangling,outsideScope,ambiguous,malformed,skipped"`
	Since  string `json:"since" format:"date-time"`
}

// Nesting is what a group is in, and what is in it.
type Nesting struct {
	Parents  []NestedGroup `json:"parents" doc:"Groups this one is in, nearest first."`
	Children []NestedGroup `json:"children" doc:"Groups in this one, nearest first."`
}

// NestedGroup is a group above or below another.
type NestedGroup struct {
	Group      Ref   `json:"group"`
	Privileged bool  `json:"privileged"`
	Steps      int   `json:"steps"`
	Path       []Ref `json:"path"`
}
