package iam

// Outcome is how an act ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)

// Object is a record an event is about, with the name it had then.
type Object struct {
	Kind string // source, run, account, entitlement, identity, session, export, setting, vault, factor, campaign
	ID   string
	Name string
}

// Event is one line of the audit log, before it is numbered and chained.
type Event struct {
	Action  string // such as source.add
	Objects []Object
	Outcome Outcome
	Reason  string
	Ticket  string
	Detail  string // JSON; kept apart and purgeable, its salted hash is in the chain
}
