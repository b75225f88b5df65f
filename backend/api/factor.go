package api

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/mfa"
	"gatehouse/backend/store"
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
	People    int64            `json:"people" doc:"Identities with an account that is not known to be disabled."`
	Callers   int64            `json:"callers" doc:"Of them with an active factor for verifying callers."`
	Sources   []SourceCoverage `json:"sources"`
	Explained string           `json:"explained" doc:"What is counted, in words."`
}

// SourceCoverage is what one directory enforces at sign-in.
type SourceCoverage struct {
	Source   Ref    `json:"source"`
	Accounts int64  `json:"accounts" doc:"Accounts of people that are not known to be disabled."`
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
	Path string `json:"path" doc:"SVG path of the dark modules, one unit a module: a line along the upper edge of each run in a row. Draw it with stroke-width 1, moved down by half a unit."`
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

// factorOf is a factor as answers show it. people are the open identities among
// those it may belong to; of another only the name then is known.
func factorOf(f store.Factor, people map[iam.ID]store.IdentityRow) Factor {
	v := Factor{
		ID: f.ID.String(), Identity: Ref{Kind: "identity", ID: f.IdentityID.String(), Name: f.IdentityName},
		Name: f.Name, Kind: f.Kind, UsedFor: f.UsedFor, State: string(f.State), EnrolledAt: stamp(f.EnrolledAt),
		ProvenAt: stampIf(f.ProvenAt), LastUsedAt: stampIf(f.LastStep * mfa.Period * 1e6), EndedAt: stampIf(f.EndedAt), EndReason: f.EndReason,
	}
	if p, open := people[f.IdentityID]; open {
		v.Identity.Name, v.Identity.Detail = p.Name, p.Login
	}
	if f.State == iam.FactorPending {
		v.LapsesAt = stamp(f.LapsesAt)
	}
	return v
}

// stampIf is stamp, or nothing for no time.
func stampIf(micros int64) string {
	if micros == 0 {
		return ""
	}
	return stamp(micros)
}

// factorNow is one factor as it stands after a change.
func (s *server) factorNow(ctx context.Context, f store.Factor) (Factor, error) {
	out, err := view(ctx, s, func(r *store.Reader) (Factor, error) {
		people, err := r.IdentityRefs(ctx, []iam.ID{f.IdentityID})
		return factorOf(f, people), err
	})
	if err != nil {
		return Factor{}, err
	}
	return out.Body, nil
}

func (s *server) listFactors(ctx context.Context, in *ListFactors) (*body[Page[Factor]], error) {
	if err := store.CheckOrder(in.Sort, store.FactorOrder); err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[Factor], error) {
		rows, n, err := r.ListFactors(ctx, iam.FactorState(in.State), in.Q, store.Order(in.Sort), in.Offset, in.Limit)
		if err != nil {
			return Page[Factor]{}, err
		}
		ids := make([]iam.ID, len(rows))
		for i, f := range rows {
			ids[i] = f.IdentityID
		}
		people, err := r.IdentityRefs(ctx, ids)
		out := make([]Factor, len(rows))
		for i, f := range rows {
			out[i] = factorOf(f, people)
		}
		return page(out, n), err
	})
}

func (s *server) getFactorCoverage(ctx context.Context, _ *none) (*body[FactorCoverage], error) {
	return view(ctx, s, func(r *store.Reader) (FactorCoverage, error) {
		c, err := mfa.Covered(ctx, r)
		v := FactorCoverage{People: c.People, Callers: c.Callers, Sources: []SourceCoverage{}, Explained: mfa.Explained}
		for _, src := range c.Sources {
			v.Sources = append(v.Sources, SourceCoverage{sourceRef(src.Source), src.Accounts, src.Enforced, src.State, src.Text})
		}
		return v, err
	})
}

func (s *server) getIdentityFactors(ctx context.Context, in *IDPath) (*body[IdentityFactors], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (IdentityFactors, error) {
		name, _, err := r.KnownPerson(ctx, id)
		if err != nil {
			return IdentityFactors{}, err
		}
		held, err := r.FactorsOf(ctx, id)
		if err != nil {
			return IdentityFactors{}, err
		}
		former, err := r.Former(ctx, id)
		if err != nil {
			return IdentityFactors{}, err
		}
		// Factors stay with the id they were enrolled for and are shown here.
		for _, was := range former {
			theirs, err := r.FactorsOf(ctx, was)
			if err != nil {
				return IdentityFactors{}, err
			}
			held.Factors = append(held.Factors, theirs.Factors...)
		}
		people, err := r.IdentityRefs(ctx, append(former, id))
		if err != nil {
			return IdentityFactors{}, err
		}
		v := IdentityFactors{
			Identity: Ref{Kind: "identity", ID: id.String(), Name: name, Detail: people[id].Login}, Factors: []Factor{},
			Failures: held.Throttle.Failures, AttemptsLeft: mfa.AttemptsLeft(held.Throttle, r.Now), BlockedUntil: blockedUntil(held.Throttle, r.Now),
		}
		slices.SortFunc(held.Factors, func(a, b store.Factor) int {
			return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.ID, a.ID))
		})
		for _, f := range held.Factors {
			v.Factors = append(v.Factors, factorOf(f, people))
		}
		if set := held.Valid(); set != nil {
			at, err := r.SeqTime(ctx, set.Made)
			if err != nil {
				return v, err
			}
			v.RecoveryCodes = RecoveryCodes{Of: int64(len(set.Codes)), Left: set.Left(), MadeAt: stamp(at)}
		}
		return v, nil
	})
}

// rank orders factors: active, pending, ended.
func rank(f store.Factor) int {
	switch f.State {
	case iam.FactorActive:
		return 0
	case iam.FactorPending:
		return 1
	}
	return 2
}

// blockedUntil is when a pause of verification is over, if there is one.
func blockedUntil(t store.Throttle, now int64) string {
	if t.BlockedUntil <= now {
		return ""
	}
	return stamp(t.BlockedUntil)
}

func (s *server) enrolFactor(ctx context.Context, in *EnrolFactor) (*body[Enrolment], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	replaces, err := optionalID(in.Body.Replaces)
	if err != nil {
		return nil, err
	}
	e, err := s.factors.Enrol(ctx, id, in.Body.Name, replaces)
	if err != nil {
		return nil, err
	}
	f, err := s.factorNow(context.WithoutCancel(ctx), e.Factor)
	if err != nil { // the secret is in this answer or nowhere
		f = factorOf(e.Factor, nil)
	}
	return answer(Enrolment{
		Factor: f, Key: e.Key, Link: e.Link, Account: e.Account, Digits: mfa.Digits, Period: mfa.Period,
		QR: QR{Size: len(e.QR), Path: e.QR.Path()}, RecoveryCodes: e.Codes, Event: int64(e.Seq),
	}, nil)
}

func (s *server) proveFactor(ctx context.Context, in *ProveFactor) (*body[Factor], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.factors.Prove(ctx, id, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return answer(s.factorNow(ctx, f))
}

func (s *server) handFactor(ctx context.Context, in *HandFactor) (*none, error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return &none{}, s.factors.Hand(ctx, id, in.Body.How)
}

func (s *server) revokeFactor(ctx context.Context, in *RevokeFactor) (*body[Factor], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.factors.Revoke(ctx, id, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return answer(s.factorNow(ctx, f))
}

func (s *server) newRecoveryCodes(ctx context.Context, in *NewRecoveryCodes) (*body[RecoveryCodeSet], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	codes, err := s.factors.RenewCodes(ctx, id, in.Body.Reason)
	return answer(RecoveryCodeSet{codes}, err)
}

func (s *server) verifyCaller(ctx context.Context, in *VerifyCaller) (*body[Verification], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.factors.Verify(ctx, id, in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := Verification{
		Verified: v.Why == "", Text: v.Text, Why: string(v.Why), Factor: v.Factor, At: stamp(v.At), Event: int64(v.Seq),
		AttemptsLeft: mfa.AttemptsLeft(v.Throttle, v.At), BlockedUntil: blockedUntil(v.Throttle, v.At), CodesLeft: v.CodesLeft,
	}
	if out.Verified {
		out.How = v.How
	}
	return answer(out, nil)
}
