package api

// FindingRow is something a check noticed.
type FindingRow struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"orphan,noOwner,leaverActive,dormant,cycle,danglingMember,emptyGroup,nestedPrivileged"`
	Title     string `json:"title"`
	Risk      string `json:"risk" enum:"low,medium,high,critical"`
	Subject   Ref    `json:"subject"`
	Source    Ref    `json:"source"`
	Detail    string `json:"detail"`
	Remedy    string `json:"remedy"`
	FirstSeen string `json:"firstSeen" format:"date-time"`
	// Group is what the subject reaches, for memberships that explain themselves.
	Group *Ref `json:"group,omitempty"`
}

// ListFindings asks for findings.
type ListFindings struct {
	PageQuery
	Kind   string `query:"kind" maxLength:"32"`
	Risk   string `query:"risk" enum:"low,medium,high,critical"`
	Source string `query:"source" maxLength:"32"`
}

// FindingGroup counts the findings of one kind and risk.
type FindingGroup struct {
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Risk      string `json:"risk" enum:"low,medium,high,critical"`
	Count     int64  `json:"count"`
	Note      string `json:"note,omitempty" doc:"Such as '1 more cannot be concluded'."`
	SuchAs    Ref    `json:"suchAs"`
	Detail    string `json:"detail"`
	FirstSeen string `json:"firstSeen" format:"date-time"`
}
