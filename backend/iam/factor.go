package iam

// FactorState is how an enrolled factor stands.
type FactorState string

// The states. Only Active proves anything.
const (
	FactorPending  FactorState = "pending"  // shown, and no code proven yet
	FactorActive   FactorState = "active"   // one code was proven
	FactorReplaced FactorState = "replaced" // by a newer one
	FactorRevoked  FactorState = "revoked"  // by an operator, with a reason
	FactorLapsed   FactorState = "lapsed"   // never proven in time
)

// Factor is an enrolled second proof of a person. Its secret is no part of it:
// that lies sealed under the factors' own key.
type Factor struct {
	ID           ID
	IdentityID   ID
	IdentityName string // when it was enrolled
	Name         string // such as "Fairphone, private"
	Kind         string // totp (RFC 6238)
	UsedFor      string // callers: proves a caller to the help desk, guards no directory sign-in
	State        FactorState
	EnrolledAt   int64 // microseconds
	LapsesAt     int64 // while pending
	ProvenAt     int64 // 0: not yet
	EndedAt      int64 // 0: not ended
	EndReason    string
	Replaces     ID    // 0: none
	LastStep     int64 // the newest used time step (RFC 6238 T), never accepted again; 0: none
}
