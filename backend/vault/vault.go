// Package vault seals the secrets that the program must be able to read again,
// such as the passwords of bind accounts.
//
// One random data key seals them all. The key itself is never stored as it is:
// each slot holds it wrapped with something else, the keychain of the operating
// system, a key file, a passphrase or a printed recovery key, and any one slot
// opens the vault. What this protects, and what it does not, is in
// docs/security.md.
package vault

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gatehouse/backend/iam"
)

// SlotKind is what a slot's wrapping depends on.
type SlotKind string

// The kinds of slot.
const (
	KeychainSlot   SlotKind = "keychain"   // a random key in the keychain of the OS user
	PassphraseSlot SlotKind = "passphrase" // known to a person; age with scrypt
	KeyFileSlot    SlotKind = "keyfile"    // 32 random bytes in a file of the operator's choice
	RecoverySlot   SlotKind = "recovery"   // a key printed once and kept on paper
)

// Slot is the data key wrapped in one way. It is no secret by itself.
type Slot struct {
	ID        string
	Kind      SlotKind
	Label     string // for people: where the other half is
	Wrapped   string
	CreatedAt int64 // microseconds since 1970 UTC
}

// Slots is where slots and the sealed keys of rings are kept.
type Slots interface {
	LoadSlots(ctx context.Context) ([]Slot, error)
	SaveSlot(ctx context.Context, s Slot) error
	RemoveSlot(ctx context.Context, id string) error
	// LoadKey is a ring's sealed key, empty if it has none.
	LoadKey(ctx context.Context, ring string) (string, error)
	// SaveKey keeps a ring's first key. Where there is one already it stays.
	SaveKey(ctx context.Context, ring, sealed string, createdAt int64) error
	// Rekey carries out a change of the data key, in one Write: all of it or
	// nothing. It returns how many secrets it resealed.
	Rekey(ctx context.Context, k *Rekeying) (resealed int64, err error)
	// Forget wipes what is left of slots and keys that are no more, if it can.
	Forget(ctx context.Context)
}

// Options is what a vault may use to open itself.
type Options struct {
	Installation string                 // names the keychain entries; unique to the data folder
	Owner        string                 // whose keychain it is, for people: "ann on laptop-7"; may be empty
	KeyFile      string                 // path, or empty; a relative one is of the folder New is called in
	Passphrase   func() (string, error) // asks in a terminal; nil without one
	Keychain     Keychain               // nil for none
	Now          func() time.Time       // nil for time.Now
	Work         int                    // log2 of scrypt's N for new passphrases; 0 for 18
}

// Vault seals and opens secrets. It opens itself at the first need and never
// before. It is safe for concurrent use.
type Vault struct {
	slots   Slots
	options Options

	// change lets one caller at a time open the vault or change slots and keys.
	// It waits for the store, so it must not be taken inside a Write.
	change sync.Mutex
	// mu guards key. It is taken inside Writes, so nothing that holds it waits
	// for one.
	mu  sync.Mutex
	key []byte // the data key, nil while locked
}

// New is a locked vault whose key is wrapped in slots.
func New(slots Slots, o Options) *Vault {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Work == 0 {
		o.Work = 18
	}
	if file, err := filepath.Abs(o.KeyFile); o.KeyFile != "" && err == nil {
		o.KeyFile = file // its slot says where it is, wherever the program is started
	}
	return &Vault{slots: slots, options: o}
}

// Seal encrypts secret for one column of one row; only Open with the same
// three gives it back. The first Seal of all makes the data key and its first
// slots. It may load and save slots: inside a transaction of the same store,
// call Unlock before. Seal inside the Write that stores what is sealed, so that
// Rekey cannot come in between.
//
// Unavailable: there is no way to keep a key here, or the vault cannot be
// opened; the message names the remedies.
func (v *Vault) Seal(ctx context.Context, table, column string, row int64, secret string) (sealed string, err error) {
	err = v.with(ctx, true, func(key []byte) (err error) {
		sealed, err = sealAt(key, []byte(secret), table, column, row)
		return err
	})
	return sealed, err
}

// Open gives back what Seal sealed for the same column of the same row.
//
// Unavailable: the vault cannot be opened, or the text was altered, moved from
// another row or sealed with another key.
func (v *Vault) Open(ctx context.Context, table, column string, row int64, sealed string) (secret string, err error) {
	err = v.with(ctx, false, func(key []byte) (err error) {
		secret, err = openText(key, table, column, row, sealed)
		return err
	})
	return secret, err
}

// openText opens a secret with a key, the data key or a ring's.
func openText(key []byte, table, column string, row int64, sealed string) (string, error) {
	b, err := openAt(key, table, column, row, sealed)
	defer clear(b)
	if err != nil {
		return "", broken(table, column, row, err)
	}
	return string(b), nil
}

func broken(table, column string, row int64, why error) error {
	return iam.Errorf(iam.Unavailable, "The secret kept in %s.%s of record %d cannot be opened: %v.", table, column, row, why).
		Fix("Enter the secret again.")
}

// Unlock opens the vault as the first Seal would, data key and first slots
// included, so that a Seal after it touches no slot.
func (v *Vault) Unlock(ctx context.Context) error {
	return v.with(ctx, true, func([]byte) error { return nil })
}

// Lock forgets the data key and overwrites the memory that held it. The next
// need opens the vault again.
func (v *Vault) Lock() { v.hold(nil) }

// with calls use with the data key, opening the vault first if need be. While
// use runs, the key is neither wiped nor replaced.
func (v *Vault) with(ctx context.Context, create bool, use func(key []byte) error) error {
	for {
		v.mu.Lock()
		if v.key != nil {
			defer v.mu.Unlock()
			return use(v.key)
		}
		v.mu.Unlock()
		if err := v.unlockAlone(ctx, create); err != nil {
			return err
		}
	}
}

func (v *Vault) unlockAlone(ctx context.Context, create bool) error {
	v.change.Lock()
	defer v.change.Unlock()
	return v.unlock(ctx, create, "")
}

// hold replaces the data key in memory and wipes the one before.
func (v *Vault) hold(key []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.key)
	v.key = key
}

// copyKey opens the vault as Unlock does and returns a copy of the data key, to
// be wiped. The caller holds v.change.
func (v *Vault) copyKey(ctx context.Context, passphrase string) (key []byte, err error) {
	if err := v.unlock(ctx, true, passphrase); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key == nil {
		return nil, iam.Errorf(iam.Unavailable, "The vault was locked meanwhile. Try again.")
	}
	return slices.Clone(v.key), nil
}

func (v *Vault) unlocked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.key != nil
}

// Status is the state of a vault, without any secret.
type Status struct {
	Slots           []Slot // Wrapped is empty
	Unlocked        bool
	RecoveryOffered bool // a recovery key should be offered: there is a data key and no recovery slot
}

// Status says how the vault can be opened. It does not open it.
func (v *Vault) Status(ctx context.Context) (Status, error) {
	slots, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Unlocked: v.unlocked(), RecoveryOffered: len(slots) > 0}
	for _, slot := range slots {
		slot.Wrapped = ""
		s.Slots = append(s.Slots, slot)
		if slot.Kind == RecoverySlot {
			s.RecoveryOffered = false
		}
	}
	return s, nil
}

const (
	format  = "gh1"
	keySize = 32
)

func encode(b []byte) string          { return base64.RawURLEncoding.EncodeToString(b) }
func decode(s string) ([]byte, error) { return base64.RawURLEncoding.Strict().DecodeString(s) }

func random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("no random bytes: %w", err)
	}
	return b, nil
}
