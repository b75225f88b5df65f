package vault

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/iam"
)

// Rekeyed is what a change of the data key led to.
type Rekeyed struct {
	RecoveryKey string // the new one, if there was one before; kept nowhere
	Slots       []Slot // all that there are now, without what they wrap
	Resealed    int64  // secrets sealed anew
	Dropped     []Slot // ways in that were not at hand, without what they wrapped
}

// Rekey replaces the data key and the keys of all rings, and seals anew what
// they seal. A slot whose other half is at hand here is made anew, and a
// recovery key is replaced by another; the rest is dropped. What was copied
// before opens only with what opened it then, and holds no key to what is
// written from now on. But a key file and a passphrase stay the same: together
// with a later copy they open that too, until they are replaced themselves.
//
// Denied: the passphrase is wrong. Conflict: no slot but a recovery key would
// be left, or there is no passphrase. Unavailable: the vault, or one of its
// secrets, cannot be opened. In each case nothing has changed.
func (v *Vault) Rekey(ctx context.Context, passphrase string) (Rekeyed, error) {
	v.change.Lock()
	defer v.change.Unlock()
	old, err := v.copyKey(ctx, passphrase)
	if err != nil {
		return Rekeyed{}, err
	}
	defer clear(old)
	before, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return Rekeyed{}, err
	}
	kept, err := v.atHand(before, passphrase)
	if err != nil {
		return Rekeyed{}, err
	}
	k := &Rekeying{vault: v, old: old, rings: map[string]ringKeys{}}
	defer k.wipe()
	if k.next, err = random(keySize); err != nil {
		return Rekeyed{}, err
	}
	done := Rekeyed{}
	if done.RecoveryKey, err = k.plan(ctx, before, kept, passphrase); err != nil {
		return Rekeyed{}, err
	}
	done.Dropped = k.Dropped
	for _, s := range k.Slots {
		s.Wrapped = ""
		done.Slots = append(done.Slots, s)
	}
	defer k.end()
	if done.Resealed, err = v.slots.Rekey(ctx, k); err == nil {
		k.hold(k.next)
		k.forget(ctx, before)
		return done, nil
	}
	// An error at the very end does not say which key the store has now: look.
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	switch after, lost := v.slots.LoadSlots(late); {
	case lost != nil:
		// The next need opens the vault with what is there then. No keychain
		// entry is deleted: half of them are needed.
		k.hold(nil)
		return Rekeyed{}, errors.Join(err, lost)
	case slices.ContainsFunc(after, func(s Slot) bool { return s.ID == k.Slots[0].ID }):
		k.hold(k.next)
		k.forget(ctx, before)
		return done, nil
	}
	k.forget(ctx, k.Slots)
	return Rekeyed{}, err
}

// atHand are the slots that open here and now, the terminal left in peace.
func (v *Vault) atHand(slots []Slot, passphrase string) (kept []Slot, err error) {
	var why []string
	phrases, fits := 0, 0
	for _, s := range slots {
		if s.Kind == RecoverySlot {
			continue
		}
		if s.Kind == PassphraseSlot {
			phrases++
		}
		if s.Kind == PassphraseSlot && passphrase == "" {
			why = append(why, "The passphrase was not given.")
			continue
		}
		key, err := v.open(s, v.asked(passphrase))
		clear(key)
		if err != nil {
			why = append(why, err.Error())
			continue
		}
		if s.Kind == PassphraseSlot {
			fits++
		}
		kept = append(kept, s)
	}
	switch {
	case passphrase != "" && phrases == 0:
		return nil, noPassphrase()
	case passphrase != "" && fits == 0:
		return nil, wrongPassphrase()
	case len(kept) == 0:
		slices.Sort(why)
		return nil, iam.Errorf(iam.Conflict, "No way to open the vault could be kept, so its key was not replaced. %s", strings.Join(slices.Compact(why), " ")).
			Fix("Give the passphrase, or first add a way in that works here.")
	}
	return kept, nil
}

// Rekeying is one change of the data key under way, for the store to carry out.
type Rekeying struct {
	Slots   []Slot // all that there are from now on
	Dropped []Slot // those that are not made anew

	vault     *Vault
	old, next []byte
	rings     map[string]ringKeys
	waiting   bool // the vault waits for the Write to end
}

type ringKeys struct{ old, next []byte }

// plan makes the new slots.
func (k *Rekeying) plan(ctx context.Context, before, kept []Slot, passphrase string) (recoveryKey string, err error) {
	for _, s := range before {
		var made Slot
		switch {
		case s.Kind == RecoverySlot && recoveryKey != "":
			continue // one is enough
		case s.Kind == RecoverySlot:
			made, recoveryKey, err = k.vault.wrapRecovery(k.next)
		case !slices.ContainsFunc(kept, func(other Slot) bool { return other.ID == s.ID }):
			s.Wrapped = ""
			k.Dropped = append(k.Dropped, s)
			continue
		default:
			made, err = k.vault.wrapSlot(s.Kind, k.next, k.vault.asked(passphrase))
		}
		if err != nil {
			k.forget(ctx, k.Slots)
			return "", err
		}
		k.Slots = append(k.Slots, made)
	}
	return recoveryKey, nil
}

// Begin is called first inside the Write: from then on nothing is sealed or
// opened until the Write has ended and the vault knows how. Whoever waits for
// it may hold the store, so nothing may wait for the store meanwhile.
func (k *Rekeying) Begin() {
	k.vault.mu.Lock()
	k.waiting = true
}

// Ring gives a ring a new key and returns it sealed. It is called for every
// ring before Secret is.
func (k *Rekeying) Ring(name, sealed string) (string, error) {
	old, err := dataKey(openAt(k.old, ringTable, name, 0, sealed))
	if err != nil {
		return "", iam.Errorf(iam.Unavailable, "The key of the %s cannot be opened: %v.", name, err)
	}
	next, err := random(keySize)
	if err != nil {
		return "", err
	}
	k.rings[name] = ringKeys{old, next}
	return sealAt(k.next, next, ringTable, name, 0)
}

// Secret reseals one secret of a ring, or of the data key if ring is empty.
func (k *Rekeying) Secret(ring, table, column string, row int64, sealed string) (string, error) {
	keys := ringKeys{k.old, k.next}
	if ring != "" {
		keys = k.rings[ring]
	}
	if keys.old == nil {
		return "", broken(table, column, row, errOtherKey)
	}
	secret, err := openAt(keys.old, table, column, row, sealed)
	if err != nil {
		return "", broken(table, column, row, err)
	}
	defer clear(secret)
	return sealAt(keys.next, secret, table, column, row)
}

// hold lets the vault go on with another key, or none.
func (k *Rekeying) hold(key []byte) {
	if !k.waiting {
		k.Begin()
	}
	clear(k.vault.key)
	k.vault.key = slices.Clone(key)
}

// end lets the vault go on.
func (k *Rekeying) end() {
	if k.waiting {
		k.waiting = false
		k.vault.mu.Unlock()
	}
}

// forget lets the vault go on and deletes what is left of slots that are no
// more. A keychain entry left behind opens nothing, so a failure here is none
// of the change.
func (k *Rekeying) forget(ctx context.Context, slots []Slot) {
	k.end()
	for _, s := range slots {
		if s.Kind == KeychainSlot && k.vault.options.Keychain != nil {
			_ = k.vault.options.Keychain.Delete(service, k.vault.entry(s.ID))
		}
	}
	k.vault.slots.Forget(ctx)
}

func (k *Rekeying) wipe() {
	clear(k.next)
	for _, r := range k.rings {
		clear(r.old)
		clear(r.next)
	}
}
