package api

// Event is one line of the audit log.
type Event struct {
	Seq         int64         `json:"seq"`
	Time        string        `json:"time" format:"date-time"`
	Actor       string        `json:"actor"`
	OSUser      string        `json:"osUser"`
	Host        string        `json:"host"`
	Channel     string        `json:"channel"`
	Address     string        `json:"address"`
	Action      string        `json:"action"`
	Objects     []EventObject `json:"objects"`
	Outcome     string        `json:"outcome" enum:"done,refused,failed"`
	Reason      string        `json:"reason"`
	Ticket      string        `json:"ticket"`
	Correlation string        `json:"correlation"`
	Detail      string        `json:"detail" doc:"JSON; empty if none."`
	DetailState string        `json:"detailState" enum:"kept,purged,none"`
	Hash        string        `json:"hash"`
	Prev        string        `json:"prev"`
}

// EventObject is a record an event is about, with the name it had then.
type EventObject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ListEvents asks for audit events, newest first.
type ListEvents struct {
	PageQuery
	Action  string `query:"action" maxLength:"64"`
	Outcome string `query:"outcome" enum:"done,refused,failed"`
	Actor   string `query:"actor" maxLength:"100"`
}

// VerifyAudit asks whether the audit log is whole.
type VerifyAudit struct {
	Body struct {
		Head string `json:"head,omitempty" maxLength:"64" doc:"A head noted elsewhere, in hex. Without it removal of the newest events cannot be detected."`
	}
}

// AuditVerdict says whether the audit log is whole, and what that does not
// prove.
type AuditVerdict struct {
	OK          bool           `json:"ok"`
	Events      int64          `json:"events"`
	Head        string         `json:"head"`
	Problems    []AuditProblem `json:"problems"`
	CannotProve []string       `json:"cannotProve"`
}

// AuditProblem names an event that does not fit.
type AuditProblem struct {
	Event int64  `json:"event"`
	Text  string `json:"text"`
}
