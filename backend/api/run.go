package api

// Run is one read of one source.
type Run struct {
	ID        string `json:"id"`
	Source    Ref    `json:"source"`
	Mode      string `json:"mode" enum:"full,incremental"`
	State     string `json:"state" enum:"reading,applied,previewed,held,released,partial,cancelled,interrupted,overtaken"`
	Coverage  string `json:"coverage" enum:"complete,partial"`
	StartedAt string `json:"startedAt" format:"date-time"`
	EndedAt   string `json:"endedAt,omitempty" format:"date-time"`
	Server    string `json:"server"`
	Read      int64  `json:"read"`
	Claimed   int64  `json:"claimed" doc:"Entries the server returned; -1 if it did not tell."`
	Skipped   int64  `json:"skipped"`
	Added     int64  `json:"added"`
	Changed   int64  `json:"changed"`
	Removed   int64  `json:"removed"`
	Error     string `json:"error,omitempty"`
	Event     int64  `json:"event,omitempty" doc:"The audit event of the Write that applied it."`
	// Progress is how many entries have come so far, while reading.
	Progress int64  `json:"progress,omitempty"`
	Phase    string `json:"phase,omitempty" doc:"While reading: connecting, reading, comparing, applying."`
}

// RunDetail is a run with what made it stop or skip.
type RunDetail struct {
	Run
	HoldHash    string        `json:"holdHash,omitempty"`
	HoldReasons []HoldReason  `json:"holdReasons"`
	SkippedRows []SkippedRow  `json:"skippedRows" doc:"The first hundred."`
	Counts      []ChangeCount `json:"counts"`
}

// HoldReason is one line of the list that made the brake hold the run.
type HoldReason struct {
	Rule    string `json:"rule"`
	Title   string `json:"title"`
	Subject string `json:"subject"`
	Before  int64  `json:"before"`
	After   int64  `json:"after"`
}

// SkippedRow is an entry that could not be used.
type SkippedRow struct {
	DN     string `json:"dn"`
	Reason string `json:"reason"`
}

// ChangeCount counts the changes of one noun in one direction.
type ChangeCount struct {
	Noun  string `json:"noun" enum:"account,group,membership,unresolved"`
	Op    string `json:"op" enum:"added,changed,removed"`
	Count int64  `json:"count"`
}

// Change is one difference between a run and the one before.
type Change struct {
	Noun string `json:"noun" enum:"account,group,membership,unresolved"`
	Op   string `json:"op" enum:"added,changed,removed"`
	// Subject is what changed; for a membership the member.
	Subject *Ref   `json:"subject,omitempty"`
	Name    string `json:"name"`
	// Group is the group of a membership.
	Group  *Ref          `json:"group,omitempty"`
	In     string        `json:"in,omitempty" doc:"The group's name."`
	Detail string        `json:"detail,omitempty" doc:"A DN, or why it ended."`
	Fields []FieldChange `json:"fields"`
}

// FieldChange is one value before and after.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// StartRun asks for a read.
type StartRun struct {
	IDPath
	Body struct {
		Preview bool `json:"preview,omitempty"`
		Full    bool `json:"full,omitempty"`
	}
}

// ReleaseRun lets a held run through, once.
type ReleaseRun struct {
	IDPath
	Body struct {
		HoldHash string `json:"holdHash" maxLength:"64" doc:"The hash of the list that was read by whoever decides."`
		Reason   string `json:"reason" minLength:"3" maxLength:"500"`
	}
}
