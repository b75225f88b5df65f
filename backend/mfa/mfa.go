// Package mfa enrols, proves and verifies one-time codes (RFC 6238), by which a
// caller shows the help desk who she is, and the recovery codes that stand in
// for them. What is enrolled here guards no directory sign-in.
//
// Secrets lie sealed under a key of their own and are opened for one
// verification at a time. Looking at a code, noting that it was used and
// counting a failure is one Write: two at once cannot both win, and no crash
// forgets an answer that was given.
package mfa

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

const (
	kind    = "totp"
	usedFor = "callers"
	// toProve is how long an enrolment waits for its first code.
	toProve = 10 * time.Minute
)

// Factors are the factors of one data folder.
type Factors struct {
	store   *store.Store
	ring    *vault.Ring
	hashing chan struct{} // as many hash recovery codes at once
	memory  uint32        // KiB that hashing one takes
}

// New keeps factors in a store, their secrets sealed under a ring of the vault.
func New(s *store.Store, v *vault.Vault) *Factors {
	return &Factors{store: s, ring: v.Ring("factors"), hashing: make(chan struct{}, 2), memory: 46 * 1024}
}

// Enrolment is shown once. Nothing but the sealed copy keeps its secret.
type Enrolment struct {
	Factor  store.Factor
	Key     string // base32
	Link    string // otpauth
	Account string // what the app shows
	QR      QR     // the link
	Codes   []string
	Seq     iam.Seq
}

// Enrol begins an enrolment: the factor and its recovery codes are good for
// nothing until Prove. replaces is the factor that ends then, 0 for none.
func (m *Factors) Enrol(ctx context.Context, identity iam.ID, name string, replaces iam.ID) (Enrolment, error) {
	if name = strings.TrimSpace(name); name == "" {
		return Enrolment{}, iam.Errorf(iam.Invalid, "The factor needs a name.").In("name").Fix("Name the device, such as: Fairphone, private.")
	}
	var label string
	if err := m.store.View(ctx, func(r *store.Reader) (err error) {
		if _, _, err := r.Identity(ctx, identity); err != nil {
			return err
		}
		label, err = labelOf(ctx, r, identity)
		return err
	}); err != nil {
		return Enrolment{}, err
	}
	if err := m.ring.Prepare(ctx); err != nil {
		return Enrolment{}, err
	}
	secret, err := newSecret(label)
	if err != nil {
		return Enrolment{}, err
	}
	out := Enrolment{Key: secret.key, Link: secret.link, Account: issuer + ":" + label}
	if out.QR, err = NewQR(secret.link); err != nil {
		return Enrolment{}, err
	}
	var hashed store.FactorSecrets
	if out.Codes, hashed, err = m.newCodes(ctx); err != nil {
		return Enrolment{}, err
	}
	out.Seq, err = m.store.Write(ctx, "factor.enrol", func(t *store.Tx) error {
		person, _, err := t.Identity(ctx, identity)
		if err != nil {
			return err
		}
		held, err := t.FactorsOf(ctx, identity)
		if err != nil {
			return err
		}
		if err := mayEnrol(held, name, replaces); err != nil {
			return err
		}
		id, err := t.NewID(ctx)
		if err != nil {
			return err
		}
		if hashed.Sealed, err = m.ring.Seal(ctx, "factors", "secret", int64(id), secret.key); err != nil {
			return err
		}
		t.About("identity", identity, person.Name)
		t.About("factor", id, name)
		after, err := t.ChangeFactors(ctx, store.FactorChange{
			Identity: identity,
			Enrol: &store.NewFactor{ID: id, IdentityName: person.Name, Name: name, Kind: kind, UsedFor: usedFor, Replaces: replaces,
				LapsesAt: t.Now + toProve.Microseconds()},
			Codes: codesOf(hashed, id),
		}, hashed)
		out.Factor = factorIn(after, id)
		return err
	})
	return out, err
}

// mayEnrol refuses a factor that could not be told from another, and one in the
// place of another that is not there to be replaced.
func mayEnrol(held store.PersonFactors, name string, replaces iam.ID) error {
	if err := nameTaken(held, name, replaces); err != nil {
		return err.In("name").Fix("Give this one another name, or replace that one.")
	}
	if replaces != 0 && !slices.ContainsFunc(held.Active(), func(f store.Factor) bool { return f.ID == replaces }) {
		return iam.Errorf(iam.Conflict, "The factor to replace is no active factor of this person.").In("replaces").Fix("Look at the person's factors again.")
	}
	return nil
}

// nameTaken refuses a name that another active factor has.
func nameTaken(held store.PersonFactors, name string, replaces iam.ID) *iam.Error {
	for _, f := range held.Active() {
		if f.ID != replaces && store.Fold(f.Name) == store.Fold(name) {
			return iam.Errorf(iam.Conflict, "%s has a factor of the name %q.", f.IdentityName, f.Name)
		}
	}
	return nil
}

// Prove makes a factor active with the code it shows now, ends the one it
// replaces, and makes its recovery codes the valid ones. A wrong code counts as
// a failed verification and leaves the enrolment as it is. The right one ends no
// count of failures: who may enrol could otherwise guess without a pause.
func (m *Factors) Prove(ctx context.Context, id iam.ID, code string) (store.Factor, error) {
	typed, err := parse(code)
	if err != nil {
		return store.Factor{}, err
	}
	if typed.recovery {
		return store.Factor{}, iam.Errorf(iam.Invalid, "A recovery code proves no factor.").In("code").Fix("Type the six digits the app shows now.")
	}
	if err := m.store.View(ctx, func(r *store.Reader) error {
		f, err := r.Factor(ctx, id)
		if err != nil {
			return err
		}
		return isPending(f)
	}); err != nil {
		return store.Factor{}, err
	}
	if err := m.ring.Prepare(ctx); err != nil {
		return store.Factor{}, err
	}
	var proven store.Factor
	var refusal error // recorded, so it is no error of the Write
	_, err = m.store.Write(ctx, "factor.prove", func(t *store.Tx) error {
		f, err := t.Factor(ctx, id)
		if err != nil {
			return err
		}
		if err := isPending(f); err != nil {
			return err
		}
		held, err := t.FactorsOf(ctx, f.IdentityID)
		if err != nil {
			return err
		}
		if err := nameTaken(held, f.Name, f.Replaces); err != nil { // proven in between
			return err.Fix("Revoke one of the two, or begin a new enrolment under another name.")
		}
		t.About("identity", f.IdentityID, f.IdentityName)
		t.About("factor", id, f.Name)
		c := store.FactorChange{Identity: f.IdentityID, How: kind}
		var shown match
		blocked := isPaused(held.Throttle, t.Now)
		if !blocked {
			if shown, err = m.match(ctx, []store.Factor{f}, typed.text, t.Now); err != nil {
				return err
			}
		}
		switch {
		case blocked:
			refusal = iam.Errorf(iam.Conflict, "%s", pausedText(f.IdentityName, held.Throttle)).In("code")
			t.Because("paused")
		case shown.step == 0:
			next := failed(held.Throttle, t.Now)
			c.Throttle = &next
			refusal = iam.Errorf(iam.Invalid, "This is not the code that %s shows now.", f.Name).In("code").
				Fix("Type the code shown now and look at the clock of the device: one step of 30 seconds early or late is accepted. " + afterFailure(next))
			t.Because("wrong code")
		default:
			c.Prove, c.Burn = id, &store.FactorStep{Factor: id, Step: shown.step}
			for _, old := range held.Active() {
				if old.ID == f.Replaces {
					c.End = append(c.End, store.FactorEnd{Factor: old.ID, State: iam.FactorReplaced, Reason: "replaced by " + f.Name})
					t.About("factor", old.ID, old.Name)
				}
			}
		}
		if refusal != nil {
			t.Ended(iam.Refused)
		}
		after, err := t.ChangeFactors(ctx, c, store.FactorSecrets{})
		proven = factorIn(after, id)
		return err
	})
	if err == nil {
		err = refusal
	}
	return proven, err
}

func isPending(f store.Factor) error {
	switch f.State {
	case iam.FactorPending:
		return nil
	case iam.FactorActive:
		return iam.Errorf(iam.Conflict, "%s is proven already.", f.Name)
	case iam.FactorLapsed:
		return iam.Errorf(iam.Conflict, "This enrolment has lapsed: no code was proven within %d minutes.", int(toProve.Minutes())).Fix("Begin a new one.")
	}
	return iam.Errorf(iam.Conflict, "%s has ended: %s.", f.Name, f.EndReason).Fix("Enrol a new factor.")
}

// Revoke ends a factor, or an enrolment that waits for its proof. Recovery codes
// stand in for a factor, so they end with the last one.
func (m *Factors) Revoke(ctx context.Context, id iam.ID, reason string) (store.Factor, error) {
	var revoked store.Factor
	_, err := m.store.Write(ctx, "factor.revoke", func(t *store.Tx) error {
		f, err := t.Factor(ctx, id)
		if err != nil {
			return err
		}
		if f.State != iam.FactorActive && f.State != iam.FactorPending {
			return iam.Errorf(iam.Conflict, "%s has ended already: %s.", f.Name, f.EndReason)
		}
		held, err := t.FactorsOf(ctx, f.IdentityID)
		if err != nil {
			return err
		}
		t.About("identity", f.IdentityID, f.IdentityName)
		t.About("factor", id, f.Name)
		t.Because(reason)
		active := held.Active()
		after, err := t.ChangeFactors(ctx, store.FactorChange{
			Identity: f.IdentityID, End: []store.FactorEnd{{Factor: id, State: iam.FactorRevoked, Reason: reason}},
			EndCodes: len(active) == 1 && active[0].ID == id,
		}, store.FactorSecrets{})
		revoked = factorIn(after, id)
		return err
	})
	return revoked, err
}

// RenewCodes makes a new set of recovery codes; the one before ends.
func (m *Factors) RenewCodes(ctx context.Context, identity iam.ID, reason string) ([]string, error) {
	may := func(r *store.Reader) (string, error) {
		name, _, err := r.KnownPerson(ctx, identity)
		if err != nil {
			return "", err
		}
		held, err := r.FactorsOf(ctx, identity)
		if err == nil && len(held.Active()) == 0 {
			err = iam.Errorf(iam.Conflict, "%s has no active factor that recovery codes could stand in for.", name).Fix("Enrol one; its codes come with it.")
		}
		return name, err
	}
	if err := m.store.View(ctx, func(r *store.Reader) error { _, err := may(r); return err }); err != nil {
		return nil, err
	}
	codes, hashed, err := m.newCodes(ctx)
	if err != nil {
		return nil, err
	}
	_, err = m.store.Write(ctx, "factor.codes", func(t *store.Tx) error {
		name, err := may(&t.Reader)
		if err != nil {
			return err
		}
		t.About("identity", identity, name)
		t.Because(reason)
		_, err = t.ChangeFactors(ctx, store.FactorChange{Identity: identity, Codes: codesOf(hashed, 0)}, hashed)
		return err
	})
	return codes, err
}

// Hand notes how an enrolment was handed over.
func (m *Factors) Hand(ctx context.Context, id iam.ID, how string) error {
	_, err := m.store.Write(ctx, "factor.hand", func(t *store.Tx) error {
		f, err := t.Factor(ctx, id)
		if err != nil {
			return err
		}
		t.About("identity", f.IdentityID, f.IdentityName)
		t.About("factor", id, f.Name)
		return t.Detail(map[string]string{"handed": how})
	})
	return err
}

func factorIn(p store.PersonFactors, id iam.ID) (f store.Factor) {
	for _, f = range p.Factors {
		if f.ID == id {
			break
		}
	}
	return f
}
