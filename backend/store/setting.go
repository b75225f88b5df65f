package store

import (
	"context"
	"database/sql"
	"errors"

	"gatehouse/backend/store/db"
)

func (s *Store) readSetting(ctx context.Context, key string) (string, error) {
	v, err := db.New(s.writer).GetSetting(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// Setting is a setting's value, empty if it was never set.
func (r *Reader) Setting(ctx context.Context, key string) (string, error) {
	v, err := r.q.GetSetting(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// PutSetting changes a setting.
func (t *Tx) PutSetting(ctx context.Context, key, value string) error {
	return t.q.PutSetting(ctx, db.PutSettingParams{Key: key, Value: value})
}
