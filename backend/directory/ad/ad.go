// Package ad is the kind "ad": Active Directory, Microsoft's and Samba's. It
// stands on the LDAP kind for the connection and only ever binds and searches.
package ad

import (
	"context"
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// Kind is the kind "ad".
var Kind = directory.Kind{
	Name:  "ad",
	Title: "Active Directory",
	Form:  "server",
	Open: func(cfg iam.SourceConfig, secret string) (directory.Source, error) {
		return OpenWith(cfg, secret, nil)
	},
	Propose: func(ctx context.Context, cfg iam.SourceConfig, secret string) (iam.SourceConfig, error) {
		return ProposeWith(ctx, cfg, secret, nil)
	},
	CannotSee: []string{
		"When somebody last signed in, to the day: lastLogonTimestamp lags 9 to 14 days behind",
		"Failed sign-ins and the exact last one: each controller keeps its own",
		"When a lock ended by itself: that changes nothing in the directory, and shows at the next full read",
		"Proof of a deletion, where the bind account may not read deleted objects: each read lists all ids instead, and what is gone shows as not returned; a source that is watched is read for it within two minutes",
		"That a manager or owner outside the base was deleted: the directory counts no change of those who name them, and it shows at the next full read",
		"Rights given by access lists, local administrators, and what a sIDHistory still opens",
		"Members in other domains and forests beyond their SID, and domains behind referrals",
		"Objects and password policies that the bind account may not read",
	},
	Searches: searches,
}

// OpenWith is Kind.Open over a transport of the caller's, such as one end of a
// net.Pipe; nil dials the address in cfg.
func OpenWith(cfg iam.SourceConfig, secret string, dial ldap.Dial) (directory.Source, error) {
	s, err := open(cfg, secret, dial)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ProposeWith is Kind.Propose over a transport of the caller's, as OpenWith.
func ProposeWith(ctx context.Context, cfg iam.SourceConfig, secret string, dial ldap.Dial) (iam.SourceConfig, error) {
	s, err := open(cfg, secret, dial)
	if err != nil {
		return cfg, err
	}
	session, err := s.server.Connect(ctx)
	if err != nil {
		return cfg, err
	}
	defer session.Close()
	dc, err := inspect(session)
	if err == nil {
		err = dc.refusal()
	}
	if err != nil {
		return cfg, s.explain(ctx, "reading the root DSE", err)
	}
	proposed, err := propose(session, dc, cfg)
	if err != nil {
		return cfg, s.explain(ctx, "looking for people and groups", err)
	}
	return proposed, nil
}

// source is one configured domain.
type source struct {
	cfg    iam.SourceConfig
	secret string
	server *ldap.Server
	base   string // normal form of cfg.BaseDN
	now    func() time.Time

	patience time.Duration
}

// maxPage is the most entries that a controller returns at once, unless its
// MaxPageSize was raised.
const maxPage = 1000

func (s *source) pageSize() int { return min(s.server.PageSize(), maxPage) }

// open validates cfg; every error is iam.Invalid and names the field.
func open(cfg iam.SourceConfig, secret string, dial ldap.Dial) (*source, error) {
	s := &source{cfg: cfg, secret: secret, now: time.Now, patience: patience}
	signIn, account, err := s.credentials()
	if err != nil {
		return nil, err
	}
	if s.server, err = ldap.NewServer(cfg, account, dial, signIn); err != nil {
		return nil, err
	}
	s.base, _ = ldap.NormalDN(cfg.BaseDN)
	return s, nil
}

// credentials are how this source signs in, and as whom.
func (s *source) credentials() (signIn ldap.SignIn, account string, err error) {
	switch s.cfg.Auth {
	case "":
		if err := validName(s.cfg.BindDN); err != nil {
			return nil, "", err
		}
		// RFC 4513 section 5.1.2: a name without a password proves nothing.
		if s.secret == "" {
			return nil, "", iam.Errorf(iam.Invalid, "The bind account needs its password.").In("password")
		}
		return s.simple, s.cfg.BindDN, nil
	case "kerberos":
		return s.kerberos()
	}
	return nil, "", iam.Errorf(iam.Invalid, "There is no way to sign in called %q.", s.cfg.Auth).In("auth").
		Fix("Leave it empty for name and password, or use kerberos.")
}

// validName accepts what a simple bind of Active Directory accepts (MS-ADTS
// section 5.1.1.1.1): a distinguished name, name@domain and DOMAIN\name.
func validName(name string) error {
	invalid := func(text string) error {
		return iam.Errorf(iam.Invalid, "%s", text).In("bindDn").
			Fix(`It looks like gatehouse-read@example.com, EXAMPLE\gatehouse-read or CN=gatehouse-read,OU=Service,DC=example,DC=com.`)
	}
	if name == "" {
		return invalid("Active Directory shows strangers nothing: it needs a bind account.")
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return invalid("The bind account holds a character that no name has.")
	}
	if normal, ok := ldap.NormalDN(name); ok && normal != "" {
		return nil
	}
	for _, separator := range []string{"@", `\`} {
		before, after, found := strings.Cut(name, separator)
		if found && strings.TrimSpace(before) != "" && strings.TrimSpace(after) != "" && !strings.ContainsAny(after, `@\`) {
			return nil
		}
	}
	return invalid("The bind account " + name + " is none of the three forms that Active Directory takes.")
}

// simple is the bind with name and password.
func (s *source) simple(ctx context.Context, session *ldap.Session) error {
	if err := session.Bind(s.cfg.BindDN, s.secret); err != nil {
		return s.explainBind(err)
	}
	return nil
}

// complete refuses a configuration that says not yet what to read.
func (s *source) complete() error {
	m := s.cfg.Mapping
	for _, need := range []struct{ field, value, what string }{
		{"baseDn", s.cfg.BaseDN, "base"},
		{"mapping.userFilter", m.UserFilter, "filter that finds accounts"},
		{"mapping.groupFilter", m.GroupFilter, "filter that finds groups"},
	} {
		if need.value == "" {
			return iam.Errorf(iam.Invalid, "The source has no %s yet.", need.what).In(need.field).Fix("Check the source: it proposes one.")
		}
	}
	return nil
}

func (s *source) explain(ctx context.Context, doing string, err error) error {
	return s.server.Explain(ctx, doing, err)
}
