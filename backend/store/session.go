package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// Session is a session or a start link, kept by the hash of its secret.
type Session struct {
	Hash        [32]byte
	Kind        string // "link" or "session"
	Actor       iam.Actor
	OSUser      string
	Channel     string
	Permissions iam.Permissions
	CreatedAt   int64
	SeenAt      int64
	ExpiresAt   int64
}

func sessionOf(s db.Session) (Session, error) {
	out := Session{Kind: s.Kind, Actor: iam.Actor(s.Actor), OSUser: s.OsUser, Channel: s.Channel, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt, ExpiresAt: s.ExpiresAt}
	copy(out.Hash[:], s.Hash)
	return out, json.Unmarshal([]byte(s.Permissions), &out.Permissions)
}

// SaveSession keeps a session and forgets those that have expired.
func (t *Scratch) SaveSession(ctx context.Context, s Session) error {
	if err := t.q.PurgeSessions(ctx, t.Now); err != nil {
		return err
	}
	p, err := json.Marshal(s.Permissions)
	if err != nil {
		return err
	}
	return t.q.SaveSession(ctx, db.SaveSessionParams{
		Hash: s.Hash[:], Kind: s.Kind, Actor: string(s.Actor), OsUser: s.OSUser, Channel: s.Channel, Permissions: string(p), CreatedAt: t.Now, SeenAt: t.Now, ExpiresAt: s.ExpiresAt,
	})
}

// TakeSession removes a session or link and returns it: what is taken once
// cannot be taken again. Nil if there is none.
func (t *Scratch) TakeSession(ctx context.Context, hash [32]byte, kind string) (*Session, error) {
	return maybeSession(t.q.TakeSession(ctx, db.TakeSessionParams{Hash: hash[:], Kind: kind}))
}

// TouchSession notes that a session was used.
func (t *Scratch) TouchSession(ctx context.Context, hash [32]byte) error {
	return t.q.TouchSession(ctx, db.TouchSessionParams{SeenAt: t.Now, Hash: hash[:]})
}

// Session finds a session by the hash of its secret, nil if there is none.
func (r *Reader) Session(ctx context.Context, hash [32]byte) (*Session, error) {
	return maybeSession(r.q.GetSession(ctx, db.GetSessionParams{Hash: hash[:], Kind: "session"}))
}

func maybeSession(row db.Session, err error) (*Session, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := sessionOf(row)
	return &s, err
}
