package mfa

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Why a verification failed.
type Why string

// The reasons.
const (
	WrongCode Why = "wrongCode"
	UsedCode  Why = "usedCode"
	Blocked   Why = "blocked"
	NoFactor  Why = "noFactor"
)

// inWords is what the audit log says.
var inWords = map[Why]string{WrongCode: "wrong code", UsedCode: "code already used", Blocked: "paused", NoFactor: "no factor"}

// How a caller was verified.
const (
	ByCode     = kind
	ByRecovery = "recoveryCode"
)

// Verification is the answer to "is the caller who she says she is?".
type Verification struct {
	Why       Why    // empty: verified
	How       string // of what sort the code was
	Factor    string // the name of the factor that shows it
	Text      string // what happened, and what to do next
	At        int64
	Seq       iam.Seq
	Throttle  store.Throttle
	CodesLeft int64
}

// Verify looks at the code a caller reads out: six digits of any active factor,
// or a recovery code. Every answer is recorded. A person whose accounts are all
// gone can still prove who she is, and the answer says that they are gone.
//
// Invalid: what was typed is no code, so nothing was looked at. Unavailable: the
// vault cannot be opened. Conflict: the person's factors changed each time the
// code was about to be looked at.
func (m *Factors) Verify(ctx context.Context, identity iam.ID, code string) (Verification, error) {
	typed, err := parse(code)
	if err != nil {
		return Verification{}, err
	}
	var need basis
	if err := m.store.View(ctx, func(r *store.Reader) error {
		if _, _, err := r.KnownPerson(ctx, identity); err != nil {
			return err
		}
		held, err := r.FactorsOf(ctx, identity)
		need = needs(held, typed, r.Now)
		return err
	}); err != nil {
		return Verification{}, err
	}
	// What is slow, or may write, comes before the Write. The Write looks again:
	// if it needs more, because a pause has ended or the codes are others, it
	// decides nothing and is tried once more.
	for range 3 {
		hand, err := m.prepare(ctx, need, typed)
		if err != nil {
			return Verification{}, m.couldNot(ctx, identity, err)
		}
		v, more, err := m.decide(ctx, identity, typed, hand)
		if err == nil {
			return v, nil
		}
		if !errors.Is(err, errUnprepared) {
			return Verification{}, m.couldNot(ctx, identity, err)
		}
		need = more
	}
	return Verification{}, iam.Errorf(iam.Conflict, "The factors of this person are being changed, so the code was not looked at.").Fix("Try again.")
}

// basis is what a code is compared with, and what takes time to have.
type basis struct {
	ring       bool   // the vault is open
	salt, hash []byte // of a recovery code
}

// needs is what it takes to look at a code now: nothing, if it is not looked at.
func needs(held store.PersonFactors, typed typed, now int64) (b basis) {
	switch set := held.Valid(); {
	case len(held.Active()) == 0 || isPaused(held.Throttle, now):
	case !typed.recovery:
		b.ring = true
	case set != nil:
		b.salt = set.Salt
	}
	return b
}

// covers says whether nothing that is needed is missing.
func (b basis) covers(need basis) bool {
	return (b.ring || !need.ring) && (need.salt == nil || bytes.Equal(b.salt, need.salt))
}

// errUnprepared ends a Write that would have to open the vault or to hash while
// everybody else waits for the store.
var errUnprepared = errors.New("not prepared for this code")

// prepare gets what is needed. It must not be called inside a Write.
func (m *Factors) prepare(ctx context.Context, need basis, typed typed) (hand basis, err error) {
	hand = need
	if need.ring {
		err = m.ring.Prepare(ctx)
	}
	if need.salt != nil {
		hand.hash, err = m.hash(ctx, typed.text, need.salt)
	}
	return hand, err
}

// decide looks at a code, with what is at hand, and records the answer. With
// errUnprepared it says what else is needed.
func (m *Factors) decide(ctx context.Context, identity iam.ID, typed typed, hand basis) (v Verification, need basis, err error) {
	v.Seq, err = m.store.Write(ctx, "factor.verify", func(t *store.Tx) error {
		name, open, err := t.KnownPerson(ctx, identity)
		if err != nil {
			return err
		}
		held, err := t.FactorsOf(ctx, identity)
		if err != nil {
			return err
		}
		if need = needs(held, typed, t.Now); !hand.covers(need) {
			return errUnprepared
		}
		t.About("identity", identity, name)
		c := store.FactorChange{Identity: identity}
		v = Verification{At: t.Now, How: ByCode, Throttle: held.Throttle}
		if typed.recovery {
			v.How = ByRecovery
		}
		switch active := held.Active(); {
		case len(active) == 0:
			v.Why = NoFactor
		case isPaused(held.Throttle, t.Now):
			v.Why = Blocked
		case typed.recovery:
			v.Why, c.UseCode = lookUp(held.Valid(), hand.hash)
		default:
			shown, err := m.match(ctx, active, typed.text, t.Now)
			if err != nil {
				return err
			}
			if shown.step != 0 {
				v.Factor = shown.factor.Name
				t.About("factor", shown.factor.ID, v.Factor)
			}
			switch {
			case shown.step == 0:
				v.Why = WrongCode
			case shown.used:
				v.Why = UsedCode
			default:
				c.Burn = &store.FactorStep{Factor: shown.factor.ID, Step: shown.step}
			}
		}
		switch v.Why {
		case "":
			v.Throttle = store.Throttle{}
		case WrongCode, UsedCode:
			v.Throttle = failed(held.Throttle, t.Now)
		}
		if v.Throttle != held.Throttle {
			c.Throttle = &v.Throttle
		}
		if v.Why != Blocked && v.Why != NoFactor {
			c.How = v.How
		}
		if v.Why != "" {
			t.Ended(iam.Refused)
			t.Because(inWords[v.Why])
		}
		after, err := t.ChangeFactors(ctx, c, store.FactorSecrets{})
		v.CodesLeft = after.Valid().Left()
		v.Text = v.text(name, open)
		return err
	})
	return v, need, err
}

// couldNot records a verification that came to no answer.
func (m *Factors) couldNot(ctx context.Context, identity iam.ID, cause error) error {
	if iam.KindOf(cause) != iam.Unavailable {
		return cause
	}
	if _, err := m.store.Write(ctx, "factor.verify", func(t *store.Tx) error {
		name, _, err := t.KnownPerson(ctx, identity)
		t.About("identity", identity, name)
		t.Ended(iam.Failed)
		t.Because("the secret could not be opened")
		return err
	}); err != nil {
		return err
	}
	return cause
}

// lookUp finds the unused code with a hash in a set.
func lookUp(set *store.CodeSet, hash []byte) (Why, int) {
	if set == nil {
		return WrongCode, 0
	}
	switch at, used := find(set, hash); {
	case at == 0:
		return WrongCode, 0
	case used:
		return UsedCode, 0
	default:
		return "", at
	}
}

// text is the answer in words, with what to do next.
func (v Verification) text(name string, open bool) string {
	switch v.Why {
	case NoFactor:
		return fmt.Sprintf("%s has no active factor, so no code proves who is calling. Verify the caller in another way, then enrol one.", name)
	case Blocked:
		return pausedText(name, v.Throttle)
	case UsedCode:
		if v.How == ByRecovery {
			return "This recovery code was used before; each works once. Ask for another one. " + afterFailure(v.Throttle)
		}
		return "This code, or a newer one, was used before; each works once. Wait for the app to show the next one, up to 30 seconds, and ask for it. " + afterFailure(v.Throttle)
	case WrongCode:
		if v.How == ByRecovery {
			return fmt.Sprintf("This is no recovery code of %s. Ask for one that is not crossed out. %s", name, afterFailure(v.Throttle))
		}
		return fmt.Sprintf("No factor of %s shows this code now. Ask for the one the app shows now. %s", name, afterFailure(v.Throttle))
	}
	text := fmt.Sprintf("The caller is %s: the code of %s fits.", name, v.Factor)
	if v.How == ByRecovery {
		text = fmt.Sprintf("The caller is %s: a recovery code fits. It is crossed out now; %s.", name, plural(v.CodesLeft, "is left", "are left"))
		if v.CodesLeft == 0 {
			text += " Make new ones."
		}
	}
	if !open {
		text += " No account of this person is left, as far as the last read tells: ask why before you help."
	}
	return text
}
