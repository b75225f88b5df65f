// Package ldap is the kind "ldap": OpenLDAP and every server that follows RFC
// 4519, 2307 and 2307bis. It only ever binds and searches.
package ldap

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"net"
	"net/url"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Kind is the kind "ldap".
var Kind = directory.Kind{
	Name:  "ldap",
	Title: "LDAP directory",
	Open: func(cfg iam.SourceConfig, secret string) (directory.Source, error) {
		return OpenWith(cfg, secret, nil)
	},
	Propose: func(ctx context.Context, cfg iam.SourceConfig, secret string) (iam.SourceConfig, error) {
		return ProposeWith(ctx, cfg, secret, nil)
	},
	CannotSee: []string{
		"Rights the server itself gives: its access rules and root accounts",
		"Members of dynamic groups and roles, which the server computes",
		"What OpenLDAP itself corrects a moment after a rename or a deletion, where it keeps managers, owners and members in step (refint): it counts no change of that, so a read in between shows it at the next full read only",
		"Locks that another server counts, where each counts for itself (FreeIPA)",
		"What the bind account may not read, and servers behind referrals",
	},
	Searches: searches,
}

// Dial opens the transport to a server.
type Dial func(ctx context.Context) (net.Conn, error)

// OpenWith is Kind.Open over a transport of the caller's, such as one end of a
// net.Pipe; nil dials the address in cfg. What dial returns counts as private:
// a password may cross it without TLS.
func OpenWith(cfg iam.SourceConfig, secret string, dial Dial) (directory.Source, error) {
	s, err := open(cfg, secret, dial)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ProposeWith is Kind.Propose over a transport of the caller's, as OpenWith.
func ProposeWith(ctx context.Context, cfg iam.SourceConfig, secret string, dial Dial) (iam.SourceConfig, error) {
	s, err := open(cfg, secret, dial)
	if err != nil {
		return cfg, err
	}
	c, err := s.connect(ctx)
	if err != nil {
		return cfg, err
	}
	defer c.close()
	srv, err := inspect(c)
	if err != nil {
		return cfg, s.explain(ctx, "reading the root DSE", err)
	}
	proposed, err := propose(c, srv, cfg)
	if err != nil {
		return cfg, s.explain(ctx, "looking for people and groups", err)
	}
	return proposed, nil
}

// source is one configured directory.
type source struct {
	cfg         iam.SourceConfig
	secret      string
	dial        Dial
	host, port  string
	secure      bool // ldaps
	roots       *x509.CertPool
	fingerprint string // lower-case hex without colons
	base        string // normal form of cfg.BaseDN
	timeout     time.Duration
	pageSize    int
	probe       time.Duration // how long a watched server may be silent
	now         func() time.Time
}

func (s *source) address() string { return net.JoinHostPort(s.host, s.port) }

// open validates cfg; every error is iam.Invalid and names the field.
func open(cfg iam.SourceConfig, secret string, dial Dial) (*source, error) {
	s := &source{cfg: cfg, secret: secret, dial: dial, probe: probeEvery, now: time.Now}
	invalid := func(field, format string, args ...any) (*source, error) {
		return nil, iam.Errorf(iam.Invalid, format, args...).In(field)
	}
	u, err := url.Parse(strings.TrimSpace(cfg.URL))
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
		return invalid("url", "The address must look like ldaps://host:636 or ldap://host:389.")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return invalid("url", "The address may hold only ldap:// or ldaps://, a host and a port. Name and base have fields of their own.")
	}
	s.secure, s.host, s.port = u.Scheme == "ldaps", u.Hostname(), u.Port()
	if s.port == "" {
		s.port = map[bool]string{false: "389", true: "636"}[s.secure]
	}
	if s.secure && cfg.StartTLS {
		return invalid("startTls", "ldaps:// is encrypted from the start. Turn StartTLS off, or use ldap://.")
	}
	if cfg.CAPEM != "" {
		s.roots = x509.NewCertPool()
		if !s.roots.AppendCertsFromPEM([]byte(cfg.CAPEM)) {
			return invalid("caPem", "The CA file holds no certificate in PEM form.")
		}
	}
	if cfg.Fingerprint != "" {
		if s.fingerprint, err = parseFingerprint(cfg.Fingerprint); err != nil {
			return invalid("fingerprint", "The fingerprint must be SHA-256: 64 hexadecimal digits, with or without colons.")
		}
	}
	var ok bool
	if s.base, ok = normalDN(cfg.BaseDN); !ok {
		return invalid("baseDn", "The base %q is no distinguished name. It looks like dc=example,dc=com.", cfg.BaseDN)
	}
	if bind, ok := normalDN(cfg.BindDN); !ok || cfg.BindDN != "" && bind == "" {
		return invalid("bindDn", "The bind account %q is no distinguished name. It looks like cn=gatehouse-read,ou=service,dc=example,dc=com.", cfg.BindDN)
	}
	// RFC 4513 section 5.1.2: a name without a password proves nothing, and
	// servers that let it pass answer as to a stranger.
	if cfg.BindDN != "" && secret == "" {
		return invalid("password", "The bind account needs its password. Leave the bind account empty to read anonymously.")
	}
	if cfg.BindDN == "" && secret != "" {
		return invalid("bindDn", "There is a password and no bind account. Enter the account's distinguished name.")
	}
	if cfg.PageSize < 0 || cfg.PageSize > 100_000 {
		return invalid("pageSize", "The page size must lie between 1 and 100000.")
	}
	if s.pageSize = cfg.PageSize; s.pageSize == 0 {
		s.pageSize = 1000
	}
	if cfg.TimeoutSec < 0 || cfg.TimeoutSec > 3600 {
		return invalid("timeoutSec", "The time-out must lie between 1 and 3600 seconds.")
	}
	if s.timeout = time.Duration(cfg.TimeoutSec) * time.Second; s.timeout == 0 {
		s.timeout = 30 * time.Second
	}
	if err := validMapping(cfg.Mapping); err != nil {
		return nil, err
	}
	return s, nil
}

func validMapping(m iam.Mapping) error {
	for field, filter := range map[string]string{"mapping.userFilter": m.UserFilter, "mapping.groupFilter": m.GroupFilter} {
		if filter == "" {
			continue
		}
		compiled, err := goldap.CompileFilter(filter)
		if err != nil {
			return iam.Errorf(iam.Invalid, "The filter %q is no LDAP filter. It looks like (objectClass=person).", filter).In(field).By(err)
		}
		for _, attr := range filterAttributes(compiled) {
			if isNeverRead(lowerASCII(attr)) {
				return neverReadError(attr, strings.TrimPrefix(field, "mapping."))
			}
		}
	}
	for _, mapped := range mappedAttributes(m) {
		if mapped.attr == "" {
			continue
		}
		name := lowerASCII(mapped.attr)
		if !isDescriptor(name) {
			return iam.Errorf(iam.Invalid, "%q is no attribute name.", mapped.attr).In("mapping." + mapped.field)
		}
		if isNeverRead(name) {
			return neverReadError(mapped.attr, mapped.field)
		}
	}
	return nil
}

// filterAttributes are the attributes a filter tests (RFC 4511 section 4.5.1.7),
// without options.
func filterAttributes(filter *ber.Packet) []string {
	var name string
	switch filter.Tag {
	case goldap.FilterAnd, goldap.FilterOr, goldap.FilterNot:
		var all []string
		for _, inner := range filter.Children {
			all = append(all, filterAttributes(inner)...)
		}
		return all
	case goldap.FilterPresent:
		name, _ = filter.Value.(string)
	case goldap.FilterExtensibleMatch:
		for _, part := range filter.Children {
			if part.Tag == goldap.MatchingRuleAssertionType {
				name, _ = part.Value.(string)
			}
		}
	default:
		if len(filter.Children) > 0 {
			name, _ = filter.Children[0].Value.(string)
		}
	}
	name, _, _ = strings.Cut(name, ";")
	return []string{name}
}

func neverReadError(attr, field string) error {
	return iam.Errorf(iam.Invalid, "Gatehouse never reads %s: it holds a secret, a picture or a private address. Choose another attribute.", attr).In("mapping." + field)
}

// parseFingerprint accepts what openssl prints as well as bare digits.
func parseFingerprint(s string) (string, error) {
	if i := strings.LastIndexByte(s, '='); i >= 0 {
		s = s[i+1:]
	}
	s = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != 32 {
		return "", hex.ErrLength
	}
	return s, nil
}

// isLoopback reports whether host is this computer without asking a resolver.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
