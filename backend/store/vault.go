package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
	"gatehouse/backend/vault"
)

// LoadSlots implements vault.Slots.
func (s *Store) LoadSlots(ctx context.Context) ([]vault.Slot, error) {
	var out []vault.Slot
	err := s.View(ctx, func(r *Reader) error {
		rows, err := r.q.ListVaultSlots(ctx)
		for _, v := range rows {
			out = append(out, vault.Slot{ID: v.ID, Kind: vault.SlotKind(v.Kind), Label: v.Label, Wrapped: v.Wrapped, CreatedAt: v.CreatedAt})
		}
		return err
	})
	return out, err
}

// SaveSlot implements vault.Slots. It is a Write of its own, so it must not be
// called inside one.
func (s *Store) SaveSlot(ctx context.Context, v vault.Slot) error {
	_, err := s.Write(ctx, "vault.slot.add", func(t *Tx) error {
		t.AboutText("vault", v.ID, string(v.Kind))
		t.Touches("settings")
		return t.q.SaveVaultSlot(ctx, db.SaveVaultSlotParams{ID: v.ID, Kind: string(v.Kind), Label: v.Label, Wrapped: v.Wrapped, CreatedAt: v.CreatedAt})
	})
	return err
}

// RemoveSlot implements vault.Slots.
func (s *Store) RemoveSlot(ctx context.Context, id string) error {
	_, err := s.Write(ctx, "vault.slot.remove", func(t *Tx) error {
		t.AboutText("vault", id, "")
		t.Touches("settings")
		return t.overwriting(ctx, func() error { return t.q.RemoveVaultSlot(ctx, id) })
	})
	return err
}

// LoadKey implements vault.Slots.
func (s *Store) LoadKey(ctx context.Context, ring string) (string, error) {
	var sealed string
	err := s.View(ctx, func(r *Reader) (err error) {
		sealed, err = r.q.VaultKey(ctx, ring)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return sealed, err
}

// SaveKey implements vault.Slots. It is a Write of its own, so it must not be
// called inside one.
func (s *Store) SaveKey(ctx context.Context, ring, sealed string, createdAt int64) error {
	_, err := s.Write(ctx, "vault.key.add", func(t *Tx) error {
		t.AboutText("vault", ring, "")
		return t.q.SaveVaultKey(ctx, db.SaveVaultKeyParams{Name: ring, Sealed: sealed, CreatedAt: createdAt})
	})
	return err
}

// Rekey implements vault.Slots.
func (s *Store) Rekey(ctx context.Context, k *vault.Rekeying) (resealed int64, err error) {
	_, err = s.Write(ctx, "vault.rekey", func(t *Tx) error {
		k.Begin()
		var n rekeyed
		if err := t.overwriting(ctx, func() (err error) {
			n, err = t.rekey(ctx, k)
			return err
		}); err != nil {
			return err
		}
		resealed = n.Sources + n.Factors
		for _, slot := range k.Dropped {
			t.AboutText("vault", slot.ID, "dropped "+string(slot.Kind))
		}
		for _, slot := range k.Slots {
			t.AboutText("vault", slot.ID, string(slot.Kind))
		}
		t.Touches("settings")
		return t.Detail(n)
	})
	return resealed, err
}

// rekeyed counts what a new data key led to.
type rekeyed struct {
	Slots   int   `json:"slots"`
	Dropped int   `json:"dropped"`
	Keys    int64 `json:"keys"`
	Sources int64 `json:"sources"`
	Factors int64 `json:"factors"`
}

// rekey replaces every slot, ring key and sealed secret. A new column that is
// sealed is added here.
func (t *Tx) rekey(ctx context.Context, k *vault.Rekeying) (n rekeyed, err error) {
	n.Slots, n.Dropped = len(k.Slots), len(k.Dropped)
	if err := t.q.RemoveVaultSlots(ctx); err != nil {
		return n, err
	}
	for _, v := range k.Slots {
		if err := t.q.SaveVaultSlot(ctx, db.SaveVaultSlotParams{ID: v.ID, Kind: string(v.Kind), Label: v.Label, Wrapped: v.Wrapped, CreatedAt: v.CreatedAt}); err != nil {
			return n, err
		}
	}
	keys, err := t.q.ListVaultKeys(ctx)
	if err != nil {
		return n, err
	}
	for _, key := range keys {
		sealed, err := k.Ring(key.Name, key.Sealed)
		if err != nil {
			return n, err
		}
		if err := t.q.ReplaceVaultKey(ctx, db.ReplaceVaultKeyParams{Sealed: sealed, CreatedAt: t.Now, Name: key.Name}); err != nil {
			return n, err
		}
		n.Keys++
	}
	sources, err := t.q.SourceSecrets(ctx)
	if err != nil {
		return n, err
	}
	for _, row := range sources {
		sealed, err := k.Secret("", "sources", "secret", row.ID, row.Secret)
		if err != nil {
			return n, err
		}
		if err := t.q.ResealSource(ctx, db.ResealSourceParams{Secret: sealed, ID: row.ID}); err != nil {
			return n, err
		}
		n.Sources++
	}
	factors, err := t.q.FactorSecrets(ctx)
	if err != nil {
		return n, err
	}
	for _, row := range factors {
		sealed, err := k.Secret("factors", "factors", "secret", row.ID, row.Secret)
		if err != nil {
			return n, err
		}
		if err := t.q.ResealFactor(ctx, db.ResealFactorParams{Secret: sealed, ID: row.ID}); err != nil {
			return n, err
		}
		n.Factors++
	}
	return n, nil
}

// overwriting has zeros written over what fn deletes, so that an old slot cannot
// be dug out of the file.
func (t *Tx) overwriting(ctx context.Context, fn func() error) error {
	if _, err := t.tx.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
		return err
	}
	err := fn()
	_, off := t.tx.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = OFF`)
	return errors.Join(err, off)
}

// Forget implements vault.Slots: it empties the write-ahead log, which still
// holds the pages before the last Write. A reader at work can prevent it; then
// the log is emptied later, as ever.
func (s *Store) Forget(ctx context.Context) {
	var busy, pages, moved int
	if err := s.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		s.log.Warn("the write-ahead log could not be emptied", "error", err)
	}
}

// InTheClear counts what a finder of the data folder can read, and what he
// cannot.
type InTheClear struct {
	Identities, Accounts, Groups, Memberships, Contacts, Events, ReviewItems int64
	ActiveFactors, SealedFactors                                             int64
	Sessions, StartLinks                                                     int64 // neither ended nor expired
}

// InTheClear counts it.
func (r *Reader) InTheClear(ctx context.Context) (InTheClear, error) {
	c, err := r.q.InTheClear(ctx, r.Now)
	return InTheClear{
		Identities: c.Identities, Accounts: c.Accounts, Groups: c.Entitlements, Memberships: c.Memberships, Contacts: c.Contacts,
		Events: c.Events, ReviewItems: c.ReviewItems, ActiveFactors: c.Factors, SealedFactors: c.SealedFactors, Sessions: c.Sessions, StartLinks: c.Links,
	}, err
}

// SecretSince is when the bind password of a source was entered, by the events
// that say so; 0 if they do not tell it, because their details were purged.
func (r *Reader) SecretSince(ctx context.Context, source iam.ID) (int64, error) {
	events, err := r.q.SecretEvents(ctx, source.String())
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if e.Action == "source.add" {
			return e.Time, nil
		}
		var change struct {
			SecretChanged *bool `json:"secretChanged"`
		}
		if json.Unmarshal([]byte(e.Detail), &change) != nil || change.SecretChanged == nil {
			return 0, nil
		}
		if *change.SecretChanged {
			return e.Time, nil
		}
	}
	return 0, nil
}
