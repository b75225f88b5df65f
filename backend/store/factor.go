package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Factor is a second proof as it is kept: with its sealed secret and the Writes
// that brought it to where it stands.
type Factor struct {
	iam.Factor
	Sealed      string // empty once ended
	EnrolledSeq iam.Seq
	ProvenSeq   iam.Seq
	EndedSeq    iam.Seq
}

// at is f as it stands now: an enrolment that was not proven in time has lapsed
// whether or not a Write has said so yet.
func (f Factor) at(now int64) Factor {
	if f.State == iam.FactorPending && f.LapsesAt <= now {
		f.State, f.EndedAt, f.EndReason = iam.FactorLapsed, f.LapsesAt, notProven
	}
	return f
}

const notProven = "not proven in time"

// CodeSet is a set of recovery codes, as hashes.
type CodeSet struct {
	Made   iam.Seq // the Write that made it valid, or that shows it while it waits
	Waits  iam.ID  // for this factor to be proven; 0: valid
	Ended  iam.Seq // 0: not ended
	Salt   []byte
	Codes  []Code
	digest string // of salt and hashes, as an event has it
}

// Code is one recovery code.
type Code struct {
	Hash   []byte
	UsedAt int64 // 0: not used
	Used   iam.Seq
}

// Left counts the codes that are not used.
func (s *CodeSet) Left() (n int64) {
	if s == nil {
		return 0
	}
	for _, c := range s.Codes {
		if c.Used == 0 {
			n++
		}
	}
	return n
}

// Throttle counts failed verifications of a person in a row, whoever asked.
type Throttle struct {
	Failures     int64 `json:"failures"`
	BlockedUntil int64 `json:"blockedUntil,omitempty"` // microseconds
}

// PersonFactors is all that one person can, or could, prove herself with.
type PersonFactors struct {
	Identity iam.ID
	Factors  []Factor // oldest first
	Sets     []CodeSet
	Throttle Throttle
}

// Valid is the set of recovery codes that is valid, nil if there is none.
func (p *PersonFactors) Valid() *CodeSet {
	for i := range p.Sets {
		if s := &p.Sets[i]; s.Waits == 0 && s.Ended == 0 {
			return s
		}
	}
	return nil
}

// Active are the factors that prove something.
func (p *PersonFactors) Active() []Factor {
	return slices.DeleteFunc(slices.Clone(p.Factors), func(f Factor) bool { return f.State != iam.FactorActive })
}

// FactorChange is what one Write does to the factors of one person. It holds no
// secret, and is the event's detail: the records can be rebuilt from events.
type FactorChange struct {
	Identity iam.ID      `json:"identity"`
	How      string      `json:"how,omitempty"` // totp or recoveryCode, where a code was looked at
	Enrol    *NewFactor  `json:"enrol,omitempty"`
	Prove    iam.ID      `json:"prove,omitempty"` // becomes active, and the codes that wait for it valid
	Burn     *FactorStep `json:"burn,omitempty"`
	End      []FactorEnd `json:"end,omitempty"`
	Codes    *NewCodes   `json:"codes,omitempty"`
	EndCodes bool        `json:"endCodes,omitempty"` // the valid set ends
	UseCode  int         `json:"useCode,omitempty"`  // of the valid set, from 1
	Throttle *Throttle   `json:"throttle,omitempty"` // as it is afterwards, where it changes
}

// NewFactor is an enrolment.
type NewFactor struct {
	ID           iam.ID `json:"id"`
	IdentityName string `json:"identityName"`
	Name         string `json:"name"`
	Kind         string `json:"kind"`
	UsedFor      string `json:"usedFor"`
	Replaces     iam.ID `json:"replaces,omitempty"`
	LapsesAt     int64  `json:"lapsesAt"`
}

// FactorStep is a time step of which no code is accepted any more, nor one of
// any before.
type FactorStep struct {
	Factor iam.ID `json:"factor"`
	Step   int64  `json:"step"`
}

// FactorEnd ends a factor.
type FactorEnd struct {
	Factor iam.ID          `json:"factor"`
	State  iam.FactorState `json:"state"`
	Reason string          `json:"reason"`
}

// NewCodes is a new set of recovery codes.
type NewCodes struct {
	Count  int    `json:"count"`
	Waits  iam.ID `json:"waits,omitempty"`
	Digest string `json:"digest"` // of the salt and the hashes
}

// FactorSecrets are what a change stores and its event does not tell.
type FactorSecrets struct {
	Sealed string // the enrolled factor's
	Salt   []byte
	Hashes [][]byte // of the new codes
}

// apply makes a change, in the records that are kept and in those that are
// rebuilt from events alike.
func (p *PersonFactors) apply(c FactorChange, s FactorSecrets, at int64, seq iam.Seq) {
	if e := c.Enrol; e != nil {
		p.Factors = append(p.Factors, Factor{Sealed: s.Sealed, EnrolledSeq: seq, Factor: iam.Factor{
			ID: e.ID, IdentityID: c.Identity, IdentityName: e.IdentityName, Name: e.Name, Kind: e.Kind, UsedFor: e.UsedFor,
			State: iam.FactorPending, EnrolledAt: at, LapsesAt: e.LapsesAt, Replaces: e.Replaces,
		}})
	}
	for i := range p.Factors {
		f := &p.Factors[i]
		if c.Prove == f.ID {
			f.State, f.ProvenAt, f.ProvenSeq = iam.FactorActive, at, seq
		}
		if c.Burn != nil && c.Burn.Factor == f.ID {
			f.LastStep = max(f.LastStep, c.Burn.Step)
		}
		for _, e := range c.End {
			if e.Factor == f.ID {
				f.State, f.EndedAt, f.EndReason, f.EndedSeq, f.Sealed = e.State, at, e.Reason, seq, ""
			}
		}
	}
	newer := c.Codes != nil && c.Codes.Waits == 0 || slices.ContainsFunc(p.Sets, func(s CodeSet) bool { return c.Prove != 0 && s.Waits == c.Prove && s.Ended == 0 })
	for i := range p.Sets {
		s := &p.Sets[i]
		switch {
		case s.Ended != 0:
		case s.Waits != 0 && s.Waits == c.Prove:
			s.Waits, s.Made = 0, seq
		case s.Waits != 0 && slices.ContainsFunc(c.End, func(e FactorEnd) bool { return e.Factor == s.Waits }),
			s.Waits == 0 && (c.EndCodes || newer):
			s.Ended = seq
		case s.Waits == 0 && c.UseCode > 0 && c.UseCode <= len(s.Codes):
			s.Codes[c.UseCode-1].UsedAt, s.Codes[c.UseCode-1].Used = at, seq
		}
	}
	if c.Codes != nil {
		set := CodeSet{Made: seq, Waits: c.Codes.Waits, Salt: s.Salt, Codes: make([]Code, c.Codes.Count), digest: c.Codes.Digest}
		for i, h := range s.Hashes {
			set.Codes[i].Hash = h
		}
		p.Sets = append(p.Sets, set)
	}
	if c.Throttle != nil {
		p.Throttle = *c.Throttle
	}
}

// DigestCodes is what an event tells of a set of codes, so that one put in its
// place is noticed.
func DigestCodes(salt []byte, hashes [][]byte) string {
	h := sha256.New()
	h.Write(salt)
	for _, b := range hashes {
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ChangeFactors makes a change and keeps it with the event. Enrolments of the
// person that have lapsed end with it, and their sealed secrets go. It returns
// how the person stands afterwards.
func (t *Tx) ChangeFactors(ctx context.Context, c FactorChange, s FactorSecrets) (PersonFactors, error) {
	kept, err := t.keptFactors(ctx, c.Identity)
	if err != nil {
		return kept, err
	}
	for _, f := range kept.Factors {
		if f.State == iam.FactorPending && f.LapsesAt <= t.Now && f.ID != c.Prove {
			c.End = append(c.End, FactorEnd{f.ID, iam.FactorLapsed, notProven})
		}
	}
	kept.apply(c, s, t.Now, t.Seq)
	t.Touches("factors")
	if err := t.Detail(c); err != nil {
		return kept, err
	}
	return kept, t.saveFactors(ctx, c, kept)
}

// saveFactors writes what a change may have touched.
func (t *Tx) saveFactors(ctx context.Context, c FactorChange, p PersonFactors) error {
	for _, f := range p.Factors {
		touched := f.EnrolledSeq == t.Seq || f.ProvenSeq == t.Seq || f.EndedSeq == t.Seq || c.Burn != nil && c.Burn.Factor == f.ID
		if !touched {
			continue
		}
		if err := t.q.SaveFactor(ctx, db.SaveFactorParams(rowOfFactor(f))); err != nil {
			return err
		}
	}
	if c.Prove != 0 {
		if err := t.q.MoveRecoveryCodes(ctx, db.MoveRecoveryCodesParams{MadeSeq: int64(t.Seq), IdentityID: int64(c.Identity), FactorID: int64(c.Prove)}); err != nil {
			return err
		}
	}
	for _, s := range p.Sets {
		for i, code := range s.Codes {
			if s.Made != t.Seq && s.Ended != t.Seq && code.Used != t.Seq {
				continue
			}
			if err := t.q.SaveRecoveryCode(ctx, db.SaveRecoveryCodeParams{
				IdentityID: int64(c.Identity), MadeSeq: int64(s.Made), Ord: int64(i + 1), Salt: s.Salt, Hash: code.Hash,
				FactorID: int64(s.Waits), UsedAt: code.UsedAt, UsedSeq: int64(code.Used), EndedSeq: int64(s.Ended),
			}); err != nil {
				return err
			}
		}
	}
	if c.Throttle == nil {
		return nil
	}
	return t.q.SaveFactorFailures(ctx, db.SaveFactorFailuresParams{IdentityID: int64(c.Identity), Failures: c.Throttle.Failures, BlockedUntil: c.Throttle.BlockedUntil})
}

// FactorsOf is what a person can prove herself with; empty if nothing.
func (r *Reader) FactorsOf(ctx context.Context, identity iam.ID) (PersonFactors, error) {
	p, err := r.keptFactors(ctx, identity)
	for i, f := range p.Factors {
		p.Factors[i] = f.at(r.Now)
	}
	return p, err
}

// keptFactors is FactorsOf as the rows have it.
func (r *Reader) keptFactors(ctx context.Context, identity iam.ID) (PersonFactors, error) {
	p := PersonFactors{Identity: identity}
	factors, err := r.q.FactorsOfIdentity(ctx, int64(identity))
	if err != nil {
		return p, err
	}
	for _, f := range factors {
		p.Factors = append(p.Factors, factorOf(f))
	}
	codes, err := r.q.RecoveryCodesOfIdentity(ctx, int64(identity))
	if err != nil {
		return p, err
	}
	p.Sets = setsOf(codes)
	failures, err := r.q.GetFactorFailures(ctx, int64(identity))
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	p.Throttle = Throttle{failures.Failures, failures.BlockedUntil}
	return p, err
}

// setsOf are the sets of one person, whose codes come in order.
func setsOf(codes []db.RecoveryCode) (sets []CodeSet) {
	for _, c := range codes {
		last := len(sets) - 1
		if last < 0 || sets[last].Made != iam.Seq(c.MadeSeq) {
			sets = append(sets, CodeSet{Made: iam.Seq(c.MadeSeq), Waits: iam.ID(c.FactorID), Ended: iam.Seq(c.EndedSeq), Salt: c.Salt})
			last++
		}
		sets[last].Codes = append(sets[last].Codes, Code{Hash: c.Hash, UsedAt: c.UsedAt, Used: iam.Seq(c.UsedSeq)})
	}
	return sets
}

func factorOf(f db.Factor) Factor {
	return Factor{Sealed: f.Secret, EnrolledSeq: iam.Seq(f.EnrolledSeq), ProvenSeq: iam.Seq(f.ProvenSeq), EndedSeq: iam.Seq(f.EndedSeq), Factor: iam.Factor{
		ID: iam.ID(f.ID), IdentityID: iam.ID(f.IdentityID), IdentityName: f.IdentityName, Name: f.Name, Kind: f.Kind, UsedFor: f.UsedFor, State: iam.FactorState(f.State),
		EnrolledAt: f.EnrolledAt, LapsesAt: f.LapsesAt, ProvenAt: f.ProvenAt, EndedAt: f.EndedAt, EndReason: f.EndReason, Replaces: iam.ID(f.Replaces), LastStep: f.LastStep,
	}}
}

func rowOfFactor(f Factor) db.Factor {
	return db.Factor{
		ID: int64(f.ID), IdentityID: int64(f.IdentityID), IdentityName: f.IdentityName, Name: f.Name, Kind: f.Kind, UsedFor: f.UsedFor, State: string(f.State),
		Secret: f.Sealed, LastStep: f.LastStep, Replaces: int64(f.Replaces), EnrolledAt: f.EnrolledAt, LapsesAt: f.LapsesAt, ProvenAt: f.ProvenAt,
		EndedAt: f.EndedAt, EndReason: f.EndReason, EnrolledSeq: int64(f.EnrolledSeq), ProvenSeq: int64(f.ProvenSeq), EndedSeq: int64(f.EndedSeq),
	}
}

// Factor is one factor, or NotFound.
func (r *Reader) Factor(ctx context.Context, id iam.ID) (Factor, error) {
	f, err := one(r.q.GetFactor(ctx, int64(id)))("There is no such factor.")
	return factorOf(f).at(r.Now), err
}
