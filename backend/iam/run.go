package iam

// RunState is how a read of a source stands.
type RunState string

// The states. Only Applied changed the records.
const (
	Reading     RunState = "reading"
	Applied     RunState = "applied"
	Previewed   RunState = "previewed"   // complete, not applied on purpose
	Held        RunState = "held"        // complete, stopped by the brake
	Released    RunState = "released"    // was held; its reading was applied by a later decision
	Partial     RunState = "partial"     // the source did not finish: nothing was applied
	Cancelled   RunState = "cancelled"   // by an operator
	Interrupted RunState = "interrupted" // the program ended in the middle
	Overtaken   RunState = "overtaken"   // was held, and a newer run came
)

// Run is one read of one source.
type Run struct {
	ID            ID
	SourceID      ID
	Mode          string // "full" or "incremental"
	State         RunState
	StartedAt     int64 // microseconds
	EndedAt       int64 // 0 while reading
	ConfigVersion int64
	Server        string // identity the server gave: vendor, version, address
	Read          int64  // entries turned into records
	Claimed       int64  // entries the server returned, skipped ones included; -1: not told
	Skipped       int64
	Added         int64 // accounts, entitlements and memberships together
	Changed       int64
	Removed       int64
	HoldHash      string // SHA-256 over the held list; empty unless held
	Error         string // operator's text; empty if none
	Cursor        string // the kind's mark of how far it got; empty if the next read must be full
	Note          string // why a read of changes became a full one, and the like; empty if nothing
	Scope         RunScope
	Drift         int64 // what a full read found that the reads of changes had missed; NoDrift if it was not looked for
	Seq           Seq   // the Write that applied it; 0 if none
}

// NoDrift says that a run did not look for drift.
const NoDrift = -1

// RunScope is how much of the source a run was to bring up to date.
type RunScope string

// The scopes.
const (
	Whole          RunScope = ""
	PrivilegedOnly RunScope = "privileged" // the privileged groups alone
)

// Coverage is "complete" when the source finished its answer.
func (r Run) Coverage() string {
	switch r.State {
	case Applied, Previewed, Held, Released, Overtaken:
		return "complete"
	}
	return "partial"
}
