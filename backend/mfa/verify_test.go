package mfa

import (
	"bytes"
	"errors"
	"maps"
	"testing"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/backend/vault"
)

// slowKeychain needs the store while it is asked, as does everybody else who
// waits for a person at a keychain.
type slowKeychain struct {
	o       *office
	entries map[string]string
	asked   int
}

func (k *slowKeychain) Get(_, user string) (string, error) {
	k.asked++
	written := make(chan error, 1)
	go func() {
		_, err := k.o.store.Write(desk, "test.write", nil)
		written <- err
	}()
	select {
	case err := <-written:
		k.o.must(err)
	case <-time.After(2 * time.Second):
		k.o.t.Error("nobody can write while the keychain is asked")
	}
	secret, there := k.entries[user]
	if !there {
		return "", vault.ErrNotFound
	}
	return secret, nil
}

func (k *slowKeychain) Set(_, user, secret string) error {
	k.entries[user] = secret
	return nil
}

func (k *slowKeychain) Delete(_, user string) error {
	delete(k.entries, user)
	return nil
}

// fail lets a verification of Devika's fail so many times.
func (o *office) fail(times int) (last Verification) {
	o.t.Helper()
	for range times {
		v, err := o.factors.Verify(desk, devika, "0000-0000")
		o.must(err)
		if v.Why != WrongCode {
			o.t.Fatalf("a wrong code leads to %q", v.Why)
		}
		last = v
	}
	return last
}

// A vault that is not needed while a pause lasts is opened before the Write, not
// inside it, also if the pause ends just then.
func TestTheVaultIsNeverOpenedInsideAWrite(t *testing.T) {
	o := newOffice(t)
	k := &slowKeychain{o: o, entries: map[string]string{}}
	o.keychain = k
	o.must(o.store.Close())
	o.open()
	e := o.enrolled()
	until := o.fail(freeFailures).Throttle.BlockedUntil
	o.must(o.store.Close())
	o.open() // locked again
	k.asked = 0
	before := maps.Clone(k.entries)
	o.now = time.UnixMicro(until).Add(-1500 * time.Millisecond)
	code := o.code(e.Key, o.now)
	o.passing = time.Second // paused at the first look, no more at the second
	v, err := o.factors.Verify(desk, devika, code)
	if err != nil || v.Why != "" || k.asked == 0 || !maps.Equal(before, k.entries) {
		t.Errorf("verified: %+v, %v; the keychain was asked %d times", v, err, k.asked)
	}
}

// A code is hashed before the Write too: one whose hash is of other codes is not
// decided about.
func TestCodesThatAreMadeAnewMeanwhile(t *testing.T) {
	o := newOffice(t)
	e := o.enrolled()
	old := o.held(devika).Valid().Salt
	read, err := parse(e.Codes[0])
	o.must(err)
	hand, err := o.factors.prepare(desk, basis{salt: old}, read)
	o.must(err)
	fresh, err := o.factors.RenewCodes(desk, devika, "the slip got wet")
	o.must(err)
	_, need, err := o.factors.decide(desk, devika, read, hand)
	set := o.held(devika).Valid()
	if !errors.Is(err, errUnprepared) || !bytes.Equal(need.salt, set.Salt) || bytes.Equal(need.salt, old) || o.held(devika).Throttle.Failures != 0 {
		t.Errorf("decided: %v, and needs %+v", err, need)
	}
	for code, why := range map[string]Why{e.Codes[0]: WrongCode, fresh[0]: ""} {
		if v, err := o.factors.Verify(desk, devika, code); err != nil || v.Why != why {
			t.Errorf("verified: %+v, %v, want %q", v, err, why)
		}
	}
}

// Of two enrolments under one name, the first to be proven has it.
func TestANameIsOfOneFactor(t *testing.T) {
	o := newOffice(t)
	var both [2]Enrolment
	for i := range both {
		var err error
		both[i], err = o.factors.Enrol(desk, devika, "phone", 0)
		o.must(err)
	}
	_, err := o.factors.Prove(desk, both[1].Factor.ID, o.code(both[1].Key, o.now))
	o.must(err)
	_, err = o.factors.Prove(desk, both[0].Factor.ID, o.code(both[0].Key, o.now))
	o.refused(err, iam.Conflict, "")
	if held := o.held(devika); len(held.Active()) != 1 || held.Active()[0].ID != both[1].Factor.ID || held.Throttle.Failures != 0 {
		t.Errorf("she has %+v", held)
	}
}

// Who may enrol cannot end a count of failures with a factor of her own making.
func TestAProofEndsNoCountOfFailures(t *testing.T) {
	o := newOffice(t)
	o.enrolled()
	o.fail(freeFailures - 1)
	second, err := o.factors.Enrol(desk, devika, "tablet", 0)
	o.must(err)
	_, err = o.factors.Prove(desk, second.Factor.ID, o.code(second.Key, o.now))
	o.must(err)
	if v := o.fail(1); v.Throttle.BlockedUntil == 0 {
		t.Errorf("failure %d pauses nothing: %+v", freeFailures, v.Throttle)
	}
	o.now = o.now.Add(2 * firstPause)
	if v, err := o.factors.Verify(desk, devika, o.code(second.Key, o.now)); err != nil || v.Why != "" {
		t.Errorf("verified: %+v, %v", v, err)
	}
	if left := o.held(devika).Throttle; left != (store.Throttle{}) {
		t.Errorf("after a verification: %+v", left)
	}
}
