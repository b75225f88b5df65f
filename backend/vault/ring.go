package vault

import (
	"context"
	"errors"

	"gatehouse/backend/iam"
)

// Ring seals what must not hang on the data key alone: it has a key of its own,
// which the data key seals. The ring's key is unwrapped for each call and wiped
// after it, so that the memory never holds it for longer than one secret needs.
type Ring struct {
	vault *Vault
	name  string
}

// ringTable is where the keys of rings are kept; it is part of what they are
// sealed for.
const ringTable = "vault_keys"

// Ring is the ring of that name. It is made by Prepare.
func (v *Vault) Ring(name string) *Ring { return &Ring{v, name} }

// Prepare opens the vault and makes the ring's key if it has none. It may
// write to the store: call it before a Write that seals or opens, never inside.
func (r *Ring) Prepare(ctx context.Context) error {
	v := r.vault
	v.change.Lock()
	defer v.change.Unlock()
	data, err := v.copyKey(ctx, "")
	if err != nil {
		return err
	}
	defer clear(data)
	sealed, err := v.slots.LoadKey(ctx, r.name)
	if err != nil || sealed != "" {
		return err
	}
	key, err := random(keySize)
	if err != nil {
		return err
	}
	defer clear(key)
	if sealed, err = sealAt(data, key, ringTable, r.name, 0); err != nil {
		return err
	}
	return v.slots.SaveKey(ctx, r.name, sealed, iam.Micros(v.options.Now()))
}

// Seal encrypts secret for one column of one row, as Vault.Seal does. Seal
// inside the Write that stores what is sealed; but, because the ring's key is
// read from the store, not inside a View.
//
// Unavailable: the vault cannot be opened, or the ring was not prepared.
func (r *Ring) Seal(ctx context.Context, table, column string, row int64, secret string) (sealed string, err error) {
	err = r.with(ctx, func(key []byte) (err error) {
		sealed, err = sealAt(key, []byte(secret), table, column, row)
		return err
	})
	return sealed, err
}

// Open gives back what Seal sealed for the same column of the same row. It may
// be called inside a Write, not inside a View.
//
// Unavailable: the vault cannot be opened, or the text was altered, moved from
// another row or sealed with another key.
func (r *Ring) Open(ctx context.Context, table, column string, row int64, sealed string) (secret string, err error) {
	err = r.with(ctx, func(key []byte) (err error) {
		secret, err = openText(key, table, column, row, sealed)
		return err
	})
	return secret, err
}

// with calls use with the ring's key.
func (r *Ring) with(ctx context.Context, use func(key []byte) error) error {
	for again := true; ; again = false {
		sealed, err := r.vault.slots.LoadKey(ctx, r.name)
		if err != nil {
			return err
		}
		if sealed == "" {
			return iam.Errorf(iam.Unavailable, "The vault has no key for the %s.", r.name).Fix("Enter the secret again.")
		}
		err = r.vault.with(ctx, false, func(data []byte) error {
			key, err := dataKey(openAt(data, ringTable, r.name, 0, sealed))
			defer clear(key)
			if err != nil {
				return &ringError{err}
			}
			return use(key)
		})
		var failed *ringError
		if !errors.As(err, &failed) {
			return err
		}
		// Between the two steps Rekey may have replaced both keys: look again.
		if !again || !errors.Is(failed.why, errOtherKey) {
			return iam.Errorf(iam.Unavailable, "The key of the %s cannot be opened: %v.", r.name, failed.why)
		}
	}
}

// ringError says why a ring's own key does not open.
type ringError struct{ why error }

func (e *ringError) Error() string { return e.why.Error() }
