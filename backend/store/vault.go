package store

import (
	"context"
	"database/sql"
	"errors"

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
		return t.q.RemoveVaultSlot(ctx, id)
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
