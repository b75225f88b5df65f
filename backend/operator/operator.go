// Package operator says who uses the console: start links and sessions. A
// session is a cookie whose secret is kept only as its hash.
package operator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// How long things live. A window's session ends with its process, which is the
// only one that knows the secret.
const (
	LinkLife    = 5 * time.Minute
	SessionLife = 12 * time.Hour
	IdleLife    = 30 * time.Minute
	windowLife  = 30 * 24 * time.Hour
	touchEvery  = time.Minute
)

// Sessions hands out start links and sessions and knows who is behind one.
type Sessions struct {
	store *store.Store
	mu    sync.Mutex
	tries []time.Time // refused links of the last minute
}

// New makes Sessions over the store.
func New(s *store.Store) *Sessions { return &Sessions{store: s} }

// NewLink makes the one-time token of a start link for whoever ctx says acts.
// The session it gives acts as the same actor through the channel.
func (s *Sessions) NewLink(ctx context.Context, channel string) (token string, expires time.Time, err error) {
	o := iam.OriginOf(ctx)
	expires = s.store.Now().Add(LinkLife)
	token, err = s.save(ctx, store.Session{
		Kind: "link", Actor: o.Actor, OSUser: o.OSUser, Channel: channel, Permissions: o.Permissions, ExpiresAt: expires.UnixMicro(),
	})
	return token, expires, err
}

func (s *Sessions) save(ctx context.Context, v store.Session) (secret string, err error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	secret = base64.RawURLEncoding.EncodeToString(b)
	v.Hash = sha256.Sum256([]byte(secret))
	return secret, s.store.Scratch(ctx, func(t *store.Scratch) error { return t.SaveSession(ctx, v) })
}

const refusal = "This start link has been used already or is older than five minutes."

// Start exchanges a start link's token for a session's secret, once. A token
// that is not good is refused, and so is everything for a while after many.
func (s *Sessions) Start(ctx context.Context, token, address string) (secret string, session store.Session, err error) {
	if s.tooMany() {
		return "", session, iam.Errorf(iam.Denied, "Too many start links were refused in the last minute.").Fix("Wait a minute, then ask for a new link.")
	}
	var link *store.Session
	if err := s.store.Scratch(ctx, func(t *store.Scratch) error {
		link, err = t.TakeSession(ctx, sha256.Sum256([]byte(token)), "link")
		return err
	}); err != nil {
		return "", session, err
	}
	now := s.store.Now()
	origin := iam.OriginOf(ctx)
	origin.Address = address
	if link == nil || link.ExpiresAt < now.UnixMicro() {
		s.refuse(now)
		origin.Actor = iam.System
		_, err := s.store.Write(iam.WithOrigin(ctx, origin), "session.start", func(t *store.Tx) error {
			t.Ended(iam.Refused)
			t.Because("start link unknown, used or expired")
			return nil
		})
		if err != nil {
			return "", session, err
		}
		return "", session, iam.Errorf(iam.Denied, refusal).Fix("Ask for a new one: run gatehouse link.")
	}
	life := SessionLife
	if link.Channel == "window" {
		life = windowLife
	}
	session = *link
	session.Kind, session.ExpiresAt = "session", now.Add(life).UnixMicro()
	session.CreatedAt, session.SeenAt = now.UnixMicro(), now.UnixMicro()
	if secret, err = s.save(ctx, session); err != nil {
		return "", session, err
	}
	origin.Actor, origin.OSUser, origin.Channel = session.Actor, session.OSUser, session.Channel
	_, err = s.store.Write(iam.WithOrigin(ctx, origin), "session.start", nil)
	return secret, session, err
}

func (s *Sessions) refuse(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries = append(s.tries, now)
}

func (s *Sessions) tooMany() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := s.store.Now().Add(-time.Minute)
	for len(s.tries) > 0 && s.tries[0].Before(since) {
		s.tries = s.tries[1:]
	}
	return len(s.tries) >= 20
}

// Who is behind a session's secret; nil if there is no such session or it is
// over. active says that somebody acts, as polling for notices does not.
func (s *Sessions) Who(ctx context.Context, secret string, active bool) (*store.Session, error) {
	if secret == "" {
		return nil, nil
	}
	hash := sha256.Sum256([]byte(secret))
	var session *store.Session
	if err := s.store.View(ctx, func(r *store.Reader) (err error) {
		session, err = r.Session(ctx, hash)
		return err
	}); err != nil || session == nil {
		return nil, err
	}
	now := s.store.Now().UnixMicro()
	idle := session.Channel != "window" && now-session.SeenAt > IdleLife.Microseconds()
	if session.ExpiresAt < now || idle {
		return nil, nil
	}
	if active && now-session.SeenAt > touchEvery.Microseconds() {
		if err := s.store.Scratch(ctx, func(t *store.Scratch) error { return t.TouchSession(ctx, hash) }); err != nil {
			return nil, err
		}
	}
	return session, nil
}

// End ends a session. Ending one that is over is not an error.
func (s *Sessions) End(ctx context.Context, secret string) error {
	var session *store.Session
	if err := s.store.Scratch(ctx, func(t *store.Scratch) (err error) {
		session, err = t.TakeSession(ctx, sha256.Sum256([]byte(secret)), "session")
		return err
	}); err != nil || session == nil {
		return err
	}
	_, err := s.store.Write(ctx, "session.end", nil)
	return err
}
