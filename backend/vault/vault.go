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
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatehouse/backend/iam"
)

// SlotKind is what a slot's wrapping depends on.
type SlotKind string

// The kinds of slot.
const (
	KeychainSlot   SlotKind = "keychain"   // a random key in the keychain of the OS user
	PassphraseSlot SlotKind = "passphrase" // typed in a terminal; age with scrypt
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

// Slots is where slots are kept. Its methods are called with the vault locked
// against other calls, so they must not seal or open.
type Slots interface {
	LoadSlots(ctx context.Context) ([]Slot, error)
	SaveSlot(ctx context.Context, s Slot) error
	RemoveSlot(ctx context.Context, id string) error
}

// Options is what a vault may use to open itself.
type Options struct {
	Installation string                 // names the keychain entries; unique to the data folder
	KeyFile      string                 // path, or empty
	Passphrase   func() (string, error) // asks in a terminal; nil without one
	Keychain     Keychain               // nil for none
	Now          func() time.Time       // nil for time.Now
}

// Vault seals and opens secrets. It opens itself at the first need and never
// before. It is safe for concurrent use.
type Vault struct {
	slots   Slots
	options Options
	work    int // scrypt's log2 N for new passphrase slots

	mu  sync.Mutex
	key []byte // the data key, nil while locked
}

// New is a locked vault whose key is wrapped in slots.
func New(slots Slots, o Options) *Vault {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Vault{slots: slots, options: o, work: 18}
}

// Seal encrypts secret for one column of one row; only Open with the same
// three gives it back. The first Seal of all makes the data key and its first
// slots. It may load and save slots: inside a transaction of the same store,
// call Unlock first.
//
// Unavailable: there is no way to keep a key here, or the vault cannot be
// opened; the message names the remedies.
func (v *Vault) Seal(ctx context.Context, table, column string, row int64, secret string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.unlock(ctx, true); err != nil {
		return "", err
	}
	id := keyID(v.key)
	nonce, sealed, err := encrypt(v.key, []byte(secret), place(id, table, column, row))
	if err != nil {
		return "", err
	}
	return strings.Join([]string{format, id, encode(nonce), encode(sealed)}, "."), nil
}

// Open gives back what Seal sealed for the same column of the same row.
//
// Unavailable: the vault cannot be opened, or the text was altered, moved from
// another row or sealed with another key.
func (v *Vault) Open(ctx context.Context, table, column string, row int64, sealed string) (string, error) {
	broken := func(why string) error {
		return iam.Errorf(iam.Unavailable, "The secret kept in %s.%s of record %d cannot be opened: %s.", table, column, row, why).
			Fix("Enter the secret again.")
	}
	parts := strings.Split(sealed, ".")
	if len(parts) != 4 || parts[0] != format {
		return "", broken("it is not in the form " + format)
	}
	nonce, err1 := decode(parts[2])
	text, err2 := decode(parts[3])
	if err1 != nil || err2 != nil {
		return "", broken("it was altered")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.unlock(ctx, false); err != nil {
		return "", err
	}
	id := keyID(v.key)
	if parts[1] != id {
		return "", broken("it was sealed with another key")
	}
	secret, err := decrypt(v.key, nonce, text, place(id, table, column, row))
	if err != nil {
		return "", broken("it was altered, or moved here from another record")
	}
	return string(secret), nil
}

// Unlock opens the vault as the first Seal would, data key and first slots
// included, so that a Seal after it touches no slot.
func (v *Vault) Unlock(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.unlock(ctx, true)
}

// Lock forgets the data key and overwrites the memory that held it. The next
// need opens the vault again.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.key)
	v.key = nil
}

// Status is the state of a vault, without any secret.
type Status struct {
	Slots           []Slot // Wrapped is empty
	Unlocked        bool
	RecoveryOffered bool // a recovery key should be offered: there is a data key and no recovery slot
}

// Status says how the vault can be opened. It does not open it.
func (v *Vault) Status(ctx context.Context) (Status, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	slots, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Unlocked: v.key != nil, RecoveryOffered: len(slots) > 0}
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

// keyID names a data key without saying anything about it.
func keyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("gatehouse-vault-key-id"), key...))
	return encode(sum[:6])
}

// place is the additional data of a sealed secret: which key and where it is
// kept, each part preceded by its length.
func place(id, table, column string, row int64) []byte {
	var b []byte
	for _, s := range []string{format, id, table, column, strconv.FormatInt(row, 10)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

func encode(b []byte) string          { return base64.RawURLEncoding.EncodeToString(b) }
func decode(s string) ([]byte, error) { return base64.RawURLEncoding.Strict().DecodeString(s) }

func random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("no random bytes: %w", err)
	}
	return b, nil
}
