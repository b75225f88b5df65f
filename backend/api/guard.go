package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// guard lets a request reach a route only if whoever asks holds the route's
// permission. Requests that come with an Origin already (in process, or over
// the owner's socket) are those of the person who may open the data folder;
// all others need a session.
func (s *server) guard(r route) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		ctx := c.Context()
		o := iam.OriginOf(ctx)
		if o.Actor == "" {
			session, err := s.sessions.Who(ctx, s.secret(c.Header("Cookie")), r.id != "getNotices")
			if err != nil {
				s.refuse(c, problemOf(s.log, err))
				return
			}
			if session == nil && r.permission != iam.Public {
				s.refuse(c, &Problem{Title: "No session", Status: http.StatusUnauthorized, Kind: string(iam.Denied),
					Detail: "You have no session here, or it has ended.", Remedy: "Open a start link: run gatehouse link."})
				return
			}
			o.Address = c.RemoteAddr()
			if session != nil {
				o = originOf(*session, o)
			}
		}
		if o.Host == "" {
			o.Host = s.host
		}
		if o.Correlation == "" {
			o.Correlation = nonce()
		}
		ctx = iam.WithOrigin(ctx, o)
		if !o.Permissions.Allows(r.permission) {
			s.refuse(c, problemOf(s.log, s.refused(ctx, r.id, r.method+" "+r.path, r.permission)))
			return
		}
		next(huma.WithContext(c, ctx))
	}
}

// refused records that whoever asks lacks a permission, and is the error that
// says so.
func (s *server) refused(ctx context.Context, id, route string, needs iam.Permission) error {
	if _, err := s.store.Write(ctx, "request.refuse", func(t *store.Tx) error {
		t.Ended(iam.Refused)
		t.AboutText("route", id, route)
		t.Because("needs " + string(needs))
		return nil
	}); err != nil {
		return err
	}
	return iam.Errorf(iam.Denied, "This needs the permission %s, which you do not have.", needs).Fix("Ask an administrator of this console.")
}

func originOf(session store.Session, o iam.Origin) iam.Origin {
	o.Actor, o.OSUser, o.Channel, o.Permissions = session.Actor, session.OSUser, session.Channel, session.Permissions
	return o
}

// secret is the session's secret in a Cookie header. The name is this
// installation's own, because cookies do not know ports.
func (s *server) secret(header string) string {
	r := http.Request{Header: http.Header{"Cookie": {header}}}
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *server) refuse(c huma.Context, p *Problem) {
	c.SetHeader("Content-Type", "application/problem+json")
	c.SetStatus(p.Status)
	_ = json.NewEncoder(c.BodyWriter()).Encode(p)
}

func nonce() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
