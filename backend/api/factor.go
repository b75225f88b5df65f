package api

import (
	"context"

	"gatehouse/backend/iam"
)

// Factor is an enrolled second proof of a person, without its secret.
type Factor struct {
	ID         string `json:"id"`
	Identity   Ref    `json:"identity"`
	Name       string `json:"name" doc:"Such as: Fairphone, private."`
	Kind       string `json:"kind" enum:"totp"`
	UsedFor    string `json:"usedFor" enum:"callers" doc:"Proves a caller to the help desk. It guards no directory sign-in."`
	State      string `json:"state" enum:"pending,active,replaced,revoked,lapsed"`
	EnrolledAt string `json:"enrolledAt" format:"date-time"`
	LapsesAt   string `json:"lapsesAt,omitempty" format:"date-time" doc:"While pending."`
	ProvenAt   string `json:"provenAt,omitempty" format:"date-time"`
	LastUsedAt string `json:"lastUsedAt,omitempty" format:"date-time" doc:"The time step of the newest accepted code."`
	EndedAt    string `json:"endedAt,omitempty" format:"date-time"`
	EndReason  string `json:"endReason,omitempty"`
}

// IdentityFactors is what one person can prove herself with.
type IdentityFactors struct {
	Identity      Ref           `json:"identity"`
	Factors       []Factor      `json:"factors" doc:"Active and pending first, then ended, newest first."`
	RecoveryCodes RecoveryCodes `json:"recoveryCodes"`
	Failures      int64         `json:"failures" doc:"Failed verifications in a row, whoever asked."`
	AttemptsLeft  int64         `json:"attemptsLeft" doc:"Before verification pauses."`
	BlockedUntil  string        `json:"blockedUntil,omitempty" format:"date-time"`
}

// RecoveryCodes counts a set of codes; the codes themselves are kept as hashes.
type RecoveryCodes struct {
	Of     int64  `json:"of" doc:"0: there is no set."`
	Left   int64  `json:"left"`
	MadeAt string `json:"madeAt,omitempty" format:"date-time"`
}

// ListFactors asks for factors, newest first.
type ListFactors struct {
	PageQuery
	State string `query:"state" enum:"pending,active,replaced,revoked,lapsed"`
}

// FactorCoverage counts people by what guards their sign-in, and beside it, and
// never mixed with it, who can be verified as a caller.
type FactorCoverage struct {
	People    int64            `json:"people" doc:"Identities with an enabled account."`
	Callers   int64            `json:"callers" doc:"Of them with an active factor for verifying callers."`
	Sources   []SourceCoverage `json:"sources"`
	Explained string           `json:"explained" doc:"What is counted, in words."`
}

// SourceCoverage is what one directory enforces at sign-in.
type SourceCoverage struct {
	Source   Ref    `json:"source"`
	Accounts int64  `json:"accounts" doc:"Enabled accounts of people."`
	Enforced int64  `json:"enforced" doc:"Accounts whose sign-in the directory guards with a second factor."`
	State    string `json:"state" enum:"known,unknown,notCollected,notSupported"`
	Text     string `json:"text" doc:"Why the number is what it is."`
}

// EnrolFactor begins an enrolment.
type EnrolFactor struct {
	IDPath
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"60"`
		Replaces string `json:"replaces,omitempty" maxLength:"32" doc:"The factor that ends when this one is proven."`
	}
}

// Enrolment is shown once. It is the only answer that holds a factor's secret,
// and nothing keeps it but the sealed copy.
type Enrolment struct {
	Factor        Factor   `json:"factor"`
	Key           string   `json:"key" doc:"The secret, 160 bits, in base32 (RFC 4648)."`
	Link          string   `json:"link" doc:"otpauth://totp/…"`
	Account       string   `json:"account" doc:"What the app shows."`
	Digits        int      `json:"digits"`
	Period        int      `json:"period" doc:"Seconds."`
	QR            QR       `json:"qr"`
	RecoveryCodes []string `json:"recoveryCodes" doc:"Valid once the factor is proven; the set before then ends."`
	Event         int64    `json:"event"`
}

// QR is a code of square modules to draw on a white ground with a quiet zone of
// four modules.
type QR struct {
	Size int    `json:"size" doc:"Modules a side, without the quiet zone."`
	Path string `json:"path" doc:"SVG path of the dark modules, one unit a module."`
}

// ProveFactor carries the code the new factor shows now.
type ProveFactor struct {
	IDPath
	Body struct {
		Code string `json:"code" minLength:"6" maxLength:"20"`
	}
}

// HandFactor notes how an enrolment was handed over.
type HandFactor struct {
	IDPath
	Body struct {
		How string `json:"how" enum:"slipPrinted,keyCopied,codesCopied,codesSaved"`
	}
}

// RevokeFactor ends a factor, or an enrolment that was not proven.
type RevokeFactor struct {
	IDPath
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// NewRecoveryCodes asks for a new set; the old one ends.
type NewRecoveryCodes struct {
	IDPath
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// RecoveryCodeSet is shown once.
type RecoveryCodeSet struct {
	Codes []string `json:"codes"`
}

// VerifyCaller carries what the caller reads out: six digits or a recovery code.
type VerifyCaller struct {
	IDPath
	Body struct {
		Code string `json:"code" minLength:"6" maxLength:"40"`
	}
}

// Verification says whether the caller is who she says. One that fails is no
// error of the request: it is the answer.
type Verification struct {
	Verified     bool   `json:"verified"`
	Text         string `json:"text" doc:"What happened, and what to do next."`
	Why          string `json:"why,omitempty" enum:"wrongCode,usedCode,blocked,noFactor" doc:"Why not."`
	How          string `json:"how,omitempty" enum:"totp,recoveryCode"`
	Factor       string `json:"factor,omitempty" doc:"The factor's name."`
	At           string `json:"at" format:"date-time"`
	Event        int64  `json:"event"`
	AttemptsLeft int64  `json:"attemptsLeft"`
	BlockedUntil string `json:"blockedUntil,omitempty" format:"date-time"`
	CodesLeft    int64  `json:"codesLeft"`
}

func notBuilt[T any]() (*T, error) { return nil, iam.Errorf(iam.Unsupported, "Not yet.") }

func (s *server) listFactors(context.Context, *ListFactors) (*body[Page[Factor]], error) {
	return notBuilt[body[Page[Factor]]]()
}
func (s *server) getFactorCoverage(context.Context, *none) (*body[FactorCoverage], error) {
	return notBuilt[body[FactorCoverage]]()
}
func (s *server) getIdentityFactors(context.Context, *IDPath) (*body[IdentityFactors], error) {
	return notBuilt[body[IdentityFactors]]()
}
func (s *server) enrolFactor(context.Context, *EnrolFactor) (*body[Enrolment], error) {
	return notBuilt[body[Enrolment]]()
}
func (s *server) proveFactor(context.Context, *ProveFactor) (*body[Factor], error) {
	return notBuilt[body[Factor]]()
}
func (s *server) handFactor(context.Context, *HandFactor) (*none, error) { return notBuilt[none]() }
func (s *server) revokeFactor(context.Context, *RevokeFactor) (*body[Factor], error) {
	return notBuilt[body[Factor]]()
}
func (s *server) newRecoveryCodes(context.Context, *NewRecoveryCodes) (*body[RecoveryCodeSet], error) {
	return notBuilt[body[RecoveryCodeSet]]()
}
func (s *server) verifyCaller(context.Context, *VerifyCaller) (*body[Verification], error) {
	return notBuilt[body[Verification]]()
}
