package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Session is who uses the console, and what this console is.
type Session struct {
	Actor        string   `json:"actor"`
	Name         string   `json:"name"`
	Channel      string   `json:"channel" enum:"window,browser,cli"`
	Permissions  []string `json:"permissions"`
	Demo         bool     `json:"demo"`
	Organisation string   `json:"organisation"`
	Version      string   `json:"version"`
	FirstStart   bool     `json:"firstStart" doc:"No source has been connected yet."`
}

// StartSession carries the one-time token of a start link.
type StartSession struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"128"`
	}
}

// SessionAnswer is a session and the cookie that keeps it.
type SessionAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Session
}

// EndedSession takes the cookie away.
type EndedSession struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *server) getSession(ctx context.Context, _ *none) (*body[Session], error) {
	o := iam.OriginOf(ctx)
	if o.Actor == "" {
		return nil, &Problem{Title: "No session", Status: http.StatusUnauthorized, Kind: string(iam.Denied),
			Detail: "You have no session here, or it has ended.", Remedy: "Open a start link: run gatehouse link."}
	}
	return view(ctx, s, func(r *store.Reader) (Session, error) { return s.sessionOf(ctx, r, o) })
}

func (s *server) sessionOf(ctx context.Context, r *store.Reader, o iam.Origin) (Session, error) {
	sources, err := r.Sources(ctx)
	if err != nil {
		return Session{}, err
	}
	org, err := r.Setting(ctx, "organisation")
	v := Session{
		Actor: string(o.Actor), Name: o.OSUser, Channel: o.Channel, Permissions: []string{}, Demo: s.demo != nil,
		Organisation: org, Version: s.version, FirstStart: len(sources) == 0,
	}
	for p, held := range o.Permissions {
		if held {
			v.Permissions = append(v.Permissions, string(p))
		}
	}
	slices.Sort(v.Permissions)
	return v, err
}

func (s *server) startSession(ctx context.Context, in *StartSession) (*SessionAnswer, error) {
	secret, session, err := s.sessions.Start(ctx, in.Body.Token, iam.OriginOf(ctx).Address)
	if err != nil {
		return nil, err
	}
	out := &SessionAnswer{SetCookie: http.Cookie{Name: s.cookie, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}}
	err = s.store.View(ctx, func(r *store.Reader) (err error) {
		out.Body, err = s.sessionOf(ctx, r, originOf(session, iam.OriginOf(ctx)))
		return err
	})
	return out, err
}

// EndSession carries the cookie of the session to end.
type EndSession struct {
	secret string
}

// Resolve reads the cookie, which must not be part of the API's description.
func (e *EndSession) Resolve(c huma.Context) []error {
	e.secret = c.Header("Cookie")
	return nil
}

func (s *server) endSession(ctx context.Context, in *EndSession) (*EndedSession, error) {
	if err := s.sessions.End(ctx, s.secret(in.secret)); err != nil {
		return nil, err
	}
	return &EndedSession{http.Cookie{Name: s.cookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode}}, nil
}
