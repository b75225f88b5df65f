package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Server is one server as a source's configuration names it, for kinds that
// stand on this one: they bring their own way to sign in and their own
// searches; address, TLS, time-outs, decoding and the words for what goes wrong
// are this kind's.
type Server struct {
	s      *source
	signIn SignIn
}

// SignIn proves over a fresh session who asks. Its error is what the operator
// reads, or is explained.
type SignIn func(ctx context.Context, s *Session) error

// NewServer validates cfg but for the names and secrets of its account, which
// are the caller's. dial may be nil.
func NewServer(cfg iam.SourceConfig, account string, dial Dial, signIn SignIn) (*Server, error) {
	cfg.BindDN = ""
	s, err := open(cfg, "", dial)
	if err != nil {
		return nil, err
	}
	s.cfg.BindDN = account // never sent in clear, and named in words
	return &Server{s, signIn}, nil
}

// At is the same server under another name: another one of the same domain.
func (v *Server) At(host string) *Server {
	other := *v.s
	other.host = host
	return &Server{&other, v.signIn}
}

// Host is the name that was asked for.
func (v *Server) Host() string { return v.s.host }

// Address is host and port.
func (v *Server) Address() string { return v.s.address() }

// PageSize is how many entries a page may have.
func (v *Server) PageSize() int { return v.s.pageSize }

// Timeout is how long the server may take for each message.
func (v *Server) Timeout() time.Duration { return v.s.timeout }

// Connect dials, secures and signs in. Its error is an *iam.Error.
func (v *Server) Connect(ctx context.Context) (*Session, error) {
	if err := v.s.refusePlaintext(); err != nil {
		return nil, err
	}
	nc, err := v.s.transport(ctx)
	if err != nil {
		return nil, v.s.explain(ctx, "connecting", err)
	}
	c, err := v.s.encrypt(ctx, nc)
	if err != nil {
		return nil, v.s.explain(ctx, "securing the connection", err)
	}
	session := &Session{c}
	if err := v.signIn(ctx, session); err != nil {
		session.Close()
		return nil, v.s.explain(ctx, "signing in", err)
	}
	return session, nil
}

// CheckConnection is Connect step by step, with a result for each step before
// the sign-in, which is not done. The session is nil where a step failed.
func (v *Server) CheckConnection(ctx context.Context) (*Session, []directory.Result) {
	k := &checker{source: v.s, ctx: ctx}
	if err := k.refusePlaintext(); err != nil {
		k.fail("certificate", "Encryption", "", err)
		return nil, k.report.Findings
	}
	if !k.name() || !k.connection() {
		return nil, k.report.Findings
	}
	return &Session{k.conn}, k.report.Findings
}

// Explain turns what went wrong while doing something into an error for the
// operator.
func (v *Server) Explain(ctx context.Context, doing string, err error) error {
	return v.s.explain(ctx, doing, err)
}

// Session is one connection with one request under way at a time.
type Session struct{ c *conn }

// Close says good-bye and closes the connection.
func (s *Session) Close() { s.c.close() }

// Received counts the bytes of the server's messages.
func (s *Session) Received() int64 { return s.c.received }

// TLS is the state of the secured connection; false where there is none.
func (s *Session) TLS() (tls.ConnectionState, bool) {
	if secured, ok := s.c.nc.(*tls.Conn); ok {
		return secured.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

// Bind signs in with a name and its password (RFC 4513 section 5.1.3).
func (s *Session) Bind(name, secret string) error {
	_, err := s.c.bind(name, secret)
	return err
}

// SASL takes one step of a SASL bind (RFC 4511 section 4.2); more is set where
// the server waits for another.
func (s *Session) SASL(mechanism string, credentials []byte) (answer []byte, more bool, err error) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationBindRequest, nil, "bind")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 3, "version"))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", "name"))
	auth := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "sasl")
	auth.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, mechanism, "mechanism"))
	if credentials != nil {
		auth.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(credentials), "credentials"))
	}
	op.AppendChild(auth)
	if err := s.c.send(op); err != nil {
		return nil, false, err
	}
	tag, content, _, err := s.c.receive()
	if err != nil {
		return nil, false, err
	}
	if tag != tagBindResult {
		return nil, false, errMalformed
	}
	r, err := decodeResult(content, nil)
	if err != nil {
		return nil, false, err
	}
	if r.code != goldap.LDAPResultSuccess && r.code != goldap.LDAPResultSaslBindInProgress {
		return nil, false, r.err()
	}
	return saslCredentials(content), r.code == goldap.LDAPResultSaslBindInProgress, nil
}

// saslCredentials are the serverSaslCreds of a BindResponse, which follow its
// result.
func saslCredentials(content []byte) []byte {
	for len(content) > 0 {
		tag, octets, rest, err := element(content)
		if err != nil {
			return nil
		}
		if tag == 0x87 {
			return append([]byte{}, octets...)
		}
		content = rest
	}
	return nil
}

// Query is one search.
type Query struct {
	Base     string // may be "" (the root DSE), a DN, or a server's own form such as <GUID=...>
	Scope    int    // as go-ldap has it
	Filter   string
	Limit    int // entries; 0: none
	Controls []goldap.Control
}

func (q Query) with(l *Layout) query {
	return query{base: q.Base, scope: q.Scope, filter: q.Filter, attrs: l.l.names, limit: q.Limit}
}

// Search asks q and hands on every entry, sorted by l. The error is nil only
// after the server said success. A row is valid during the call; an error of
// each ends the session. each may be nil.
func (s *Session) Search(q Query, l *Layout, each func(*Row) error, referral func(urls []string) error) error {
	_, err := s.c.search(q.with(l), l.each(each), referral, q.Controls...)
	return err
}

// Pages is Search page by page. An answer that is not paged is an error.
func (s *Session) Pages(q Query, size int, l *Layout, each func(*Row) error, referral func(urls []string) error) error {
	return s.c.paged(q.with(l), size, l.each(each), referral, nil, q.Controls...)
}

// Layout is the list of attributes that one search asks for.
type Layout struct{ l *layout }

// NewLayout asks for nothing yet.
func NewLayout() *Layout { return &Layout{newLayout(nil)} }

// Want adds an attribute and returns its place in a Row, -1 for an empty name
// and for an attribute that is never read.
func (l *Layout) Want(name string) int { return l.l.want(name) }

// Ask asks for the attribute in a place under another description, such as
// "member;range=1500-*".
func (l *Layout) Ask(place int, description string) { l.l.names[place] = description }

// Names are the attributes as asked for.
func (l *Layout) Names() []string { return l.l.names }

func (l *Layout) each(each func(*Row) error) func(*entry) error {
	if each == nil {
		return nil
	}
	var line Row
	return func(e *entry) error {
		l.l.fill(&line.r, e)
		line.e = e
		return each(&line)
	}
}

// Row is one entry sorted by a Layout.
type Row struct {
	r row
	e *entry
}

// DN is the entry's name, as text that can be stored.
func (r *Row) DN() string { return clean(r.r.dn) }

// First is the first value in a place that is not empty, as text.
func (r *Row) First(place int) string { return r.r.first(place) }

// Raw are the values in a place as the server sent them.
func (r *Row) Raw(place int) [][]byte { return r.r.all(place) }

// Texts are the values in a place as text.
func (r *Row) Texts(place int) []string {
	var all []string
	for _, v := range r.Raw(place) {
		all = append(all, clean(v))
	}
	return all
}

// Is reports whether a value in a place equals want, in any case.
func (r *Row) Is(place int, want string) bool { return r.r.is(place, want) }

// Ranged reports whether the server cut a list of values short and said so by
// the option range=.
func (r *Row) Ranged() bool { return r.r.ranged }

// Options calls each with the options of every attribute of the entry that has
// some, such as "range=0-1499".
func (r *Row) Options(each func(name, options string, values int)) {
	for _, a := range r.e.attributes {
		if base, options := splitOptions(a.name); options != nil {
			each(lowerASCII(string(base)), lowerASCII(string(options)), len(a.values))
		}
	}
}

// RefOfDN is the reference by which members point at the entry with the name;
// empty if dn is no name.
func RefOfDN(dn string) string { return refOfDN(dn) }

// NormalDN is the form of a name in which equal text means the same entry.
func NormalDN(dn string) (normal string, ok bool) { return normalDN(dn) }

// Within reports whether the normal name dn is base or lies below it.
func Within(dn, base string) bool { return within(dn, base) }

// MomentOf is the moment that a generalized time or a date tells.
func MomentOf(value string) iam.Moment { return momentOf(value) }

// Fold prepares a value for comparing without regard to case and spaces.
func Fold(value string) string { return foldValue(value) }

// IsNeverRead reports whether the attribute is one that is never read.
func IsNeverRead(attr string) bool { return isNeverRead(lowerASCII(attr)) }

// Refused is the result code and the words with which a server refused; false
// where err is no answer of a server.
func Refused(err error) (code int, diagnostic string, ok bool) {
	var refused *resultError
	if errors.As(err, &refused) {
		return refused.code, refused.diagnostic, true
	}
	return 0, "", false
}

// Matcher tells accounts by what an operator wrote: names of units and employee
// types.
type Matcher struct{ rule sortRule }

// NewMatcher makes a Matcher of a mapping's values.
func NewMatcher(values []string) Matcher { return Matcher{newSortRule(values)} }

// Fits reports whether the entry with the reference and employee type is meant.
func (m Matcher) Fits(ref, employeeType string) bool { return m.rule.fits(ref, employeeType) }

// Varied picks up to n accounts that differ most.
func Varied(accounts []directory.Account, n int) []directory.Account { return varied(accounts, n) }
