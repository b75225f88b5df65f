package vault

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"gatehouse/backend/iam"
)

// A recovery key is 160 random bits as 32 letters of base32 without look-alikes
// (Crockford's: no I, L, O, U) in eight groups, and a ninth group that checks
// them, so that a slip of the pen is told from a wrong key.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

const (
	recoverySize = 20 // bytes
	groupSize    = 4  // letters
	checkSize    = 4  // letters
)

// AddRecoveryKey makes a recovery key and its slot, and returns the key as it
// is to be printed. It is kept nowhere.
func (v *Vault) AddRecoveryKey(ctx context.Context) (string, error) {
	v.change.Lock()
	defer v.change.Unlock()
	key, err := v.copyKey(ctx, "")
	if err != nil {
		return "", err
	}
	defer clear(key)
	slot, printed, err := v.wrapRecovery(key)
	if err != nil {
		return "", err
	}
	if err := v.slots.SaveSlot(ctx, slot); err != nil {
		return "", err
	}
	return printed, nil
}

// wrapRecovery makes a recovery key and its slot, which is not yet saved.
func (v *Vault) wrapRecovery(key []byte) (s Slot, printed string, err error) {
	secret, err := random(recoverySize)
	if err != nil {
		return s, "", err
	}
	defer clear(secret)
	id, err := random(8)
	if err != nil {
		return s, "", err
	}
	s = Slot{ID: encode(id), Kind: RecoverySlot, Label: "Printed recovery key", CreatedAt: iam.Micros(v.options.Now())}
	if s.Wrapped, err = wrap(s.Kind, s.ID, secret, key); err != nil {
		return s, "", err
	}
	return s, printRecovery(secret), nil
}

// UnlockWithRecovery opens the vault with a printed recovery key. It adds no
// slot; AddSlot afterwards makes this machine open the vault by itself.
//
// Invalid: it is not a recovery key, or not read off rightly. Denied: it is
// one, but not of this vault.
func (v *Vault) UnlockWithRecovery(ctx context.Context, printed string) error {
	secret, err := readRecovery(printed)
	if err != nil {
		return err
	}
	defer clear(secret)
	v.change.Lock()
	defer v.change.Unlock()
	slots, err := v.slots.LoadSlots(ctx)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if s.Kind != RecoverySlot {
			continue
		}
		if key, err := unwrap(s, secret); err == nil {
			v.hold(key)
			return nil
		}
	}
	return iam.Errorf(iam.Denied, "This recovery key does not open this vault: it belongs to another one, or was removed.").
		In("recoveryKey")
}

func printRecovery(secret []byte) string {
	letters := crockford.EncodeToString(secret) + recoveryCheck(secret)
	var b strings.Builder
	for i := range len(letters) {
		if i > 0 && i%groupSize == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[i])
	}
	return b.String()
}

func readRecovery(printed string) ([]byte, error) {
	bad := func(message string) error {
		return iam.Errorf(iam.Invalid, "%s", message).In("recoveryKey")
	}
	letters := strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '\t', '\r', '\n':
			return -1
		case 'o', 'O':
			return '0'
		case 'i', 'I', 'l', 'L':
			return '1'
		}
		return r
	}, printed)
	letters = strings.ToUpper(letters)
	if len(letters) != recoverySize*8/5+checkSize {
		return nil, bad("A recovery key has nine groups of four letters and digits.")
	}
	secret, err := crockford.DecodeString(letters[:len(letters)-checkSize])
	if err != nil {
		return nil, bad("A recovery key has only letters and digits, and no U.")
	}
	if recoveryCheck(secret) != letters[len(letters)-checkSize:] {
		clear(secret)
		return nil, bad("The recovery key does not fit its last group: compare it with the printed one.")
	}
	return secret, nil
}

func recoveryCheck(secret []byte) string {
	sum := sha256.Sum256(append([]byte("gatehouse-vault-recovery"), secret...))
	return crockford.EncodeToString(sum[:5])[:checkSize]
}
