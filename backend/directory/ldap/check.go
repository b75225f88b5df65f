package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Check proves the connection step by step and stops where the next step would
// mean nothing. It never sends the password over a connection that is not
// trusted, and never asks for the value of a never-read attribute.
func (s *source) Check(ctx context.Context) directory.Report {
	own := *s // proposals stay in the report
	k := &checker{source: &own, ctx: ctx}
	k.report.Config = s.cfg
	k.steps()
	if k.conn != nil {
		k.conn.close()
	}
	return k.report
}

// checker is one Check under way.
type checker struct {
	*source
	ctx    context.Context
	report directory.Report
	conn   *conn
	srv    server
	sights sights
	rules  policies

	accounts, groups int // counted up to countCap
	accountBytes     int64
	groupBytes       int64
}

func (k *checker) say(state directory.ResultState, step, title, text string) *directory.Result {
	k.report.Findings = append(k.report.Findings, directory.Result{State: state, Step: step, Title: title, Text: text})
	return &k.report.Findings[len(k.report.Findings)-1]
}

// fail reports err, which went wrong while doing something.
func (k *checker) fail(step, title, doing string, err error) bool {
	var e *iam.Error
	if !errors.As(k.explain(k.ctx, doing, err), &e) {
		return false
	}
	k.say(directory.Failed, step, title, e.Message).Remedy = e.Remedy
	return false
}

func (k *checker) steps() {
	if err := k.refusePlaintext(); err != nil {
		k.fail("certificate", "Encryption", "", err)
		return
	}
	if k.name() && k.connection() && k.bind() && k.kind() && k.base() {
		k.rights()
		k.changes()
		k.samples()
	}
}

func (k *checker) name() bool {
	if k.dial != nil {
		return true // no network is involved
	}
	if net.ParseIP(k.host) != nil {
		k.say(directory.Passed, "name", "Name", k.host+" is an address")
		return true
	}
	ctx, cancel := context.WithTimeout(k.ctx, min(k.timeout, 10*time.Second))
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, k.host)
	if err != nil {
		return k.fail("name", "Name", "looking up the name", err)
	}
	k.say(directory.Passed, "name", "Name", k.host+" is "+strings.Join(addresses, ", "))
	return true
}

func (k *checker) connection() bool {
	began := time.Now()
	nc, err := k.transport(k.ctx)
	if err != nil {
		return k.fail("port", "Port", "connecting", err)
	}
	port := k.say(directory.Passed, "port", "Port", k.port+" answers "+spanText(time.Since(began)))
	if k.dial != nil {
		port.Text = "answers inside this program"
	}
	k.conn, err = k.encrypt(k.ctx, nc)
	if leaf := refusedCertificate(err); leaf != nil {
		k.untrusted(leaf, err)
		return false
	}
	if err != nil {
		step, title := "certificate", "Certificate"
		if !k.secure {
			step, title = "port", "StartTLS"
		}
		return k.fail(step, title, "securing the connection", err)
	}
	if secured, ok := k.conn.nc.(*tls.Conn); ok {
		state := secured.ConnectionState()
		port.Text += ", " + tls.VersionName(state.Version)
		k.trusted(state.PeerCertificates[0])
	} else if k.dial == nil {
		k.unencrypted()
	}
	return true
}

const dateLayout = "2 Jan 2006"

func (k *checker) trusted(leaf *x509.Certificate) {
	text := fmt.Sprintf("signed by %s; valid to %s", issuerOf(leaf), leaf.NotAfter.UTC().Format(dateLayout))
	if k.fingerprint != "" {
		text = "the one you confirmed, " + text
		if k.now().After(leaf.NotAfter) {
			text = strings.Replace(text, "valid to", "expired on", 1)
		}
	}
	k.say(directory.Passed, "certificate", "Certificate", text).Fingerprint = fingerprintOf(leaf)
}

func issuerOf(leaf *x509.Certificate) string {
	if leaf.Issuer.CommonName != "" {
		return leaf.Issuer.CommonName
	}
	return leaf.Issuer.String()
}

func (k *checker) untrusted(leaf *x509.Certificate, err error) {
	fault := k.certificateFault(err)
	if !strings.Contains(fault, issuerOf(leaf)) {
		fault += "; issued by " + issuerOf(leaf)
	}
	found := k.say(directory.NeedsYou, "certificate", "Certificate", fmt.Sprintf("%s; valid from %s to %s",
		strings.Replace(fault, "is signed by", "signed by", 1), leaf.NotBefore.UTC().Format(dateLayout), leaf.NotAfter.UTC().Format(dateLayout)))
	found.Remedy = "Run the command at the server itself and compare all 32 pairs with the fingerprint shown here, then confirm it. Or choose the file of the authority that signed it."
	start := ""
	if k.cfg.StartTLS {
		start = " -starttls ldap"
	}
	found.Copy = fmt.Sprintf("openssl s_client -connect localhost:%s%s </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256", k.port, start)
	found.Fingerprint = fingerprintOf(leaf)
}

// spanText says how long something took.
func spanText(took time.Duration) string {
	if took < time.Millisecond {
		return "within 1 ms"
	}
	return fmt.Sprintf("in %d ms", took.Milliseconds())
}

func (k *checker) unencrypted() {
	found := k.say(directory.Passed, "certificate", "Encryption", "none: the connection stays on this computer")
	if !isLoopback(k.host) {
		found.Text = "none: others on the network can see and change what is read"
		found.Remedy = "Use ldaps://, or turn on StartTLS."
	}
}

func (k *checker) bind() bool {
	answer, err := k.authenticate(k.conn)
	if err != nil {
		return k.fail("bind", "Bind", "", k.explainBind(k.ctx, answer, err))
	}
	if k.cfg.BindDN == "" {
		k.say(directory.Passed, "bind", "Bind", "anonymous")
		return true
	}
	text := k.cfg.BindDN + ", simple"
	if policy := behera(answer); policy != nil && policy.Expire > 0 {
		text += fmt.Sprintf("; its password expires in %d days", policy.Expire/(24*3600))
	}
	k.say(directory.Passed, "bind", "Bind", text)
	return true
}

func (k *checker) kind() bool {
	var err error
	if k.srv, err = inspect(k.conn); err != nil {
		return k.fail("kind", "Kind", "reading the root DSE", err)
	}
	k.report.Server = k.srv.name()
	if refusal := k.srv.refusal(); refusal != nil {
		return k.fail("kind", "Kind", "", refusal)
	}
	if len(k.srv.controls) > 0 && !k.srv.controls[goldap.ControlTypePaging] {
		return k.fail("kind", "Kind", "", errUnpaged)
	}
	k.say(directory.Passed, "kind", "Kind", k.srv.nameOr("a server that does not tell its name"))
	return true
}

// countCap bounds how many entries a Check counts.
const countCap = 50_000

// base proposes what is missing and counts what a read would find.
func (k *checker) base() bool {
	proposed, err := propose(k.conn, k.srv, k.cfg)
	if err != nil {
		return k.fail("base", "Base", "looking for people and groups", err)
	}
	k.cfg, k.report.Config = proposed, proposed
	if k.cfg.BaseDN == "" {
		k.say(directory.Failed, "base", "Base", "The server names no base to this account.").Remedy = "Enter the base, such as dc=example,dc=com."
		return false
	}
	k.source.base, _ = normalDN(k.cfg.BaseDN)
	var limited error
	count := func(filter string) (n int, err error) {
		err = k.conn.paged(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: filter, attrs: []string{"1.1"}}, k.pageSize,
			func(*entry) error { n++; return nil }, nil, func() error {
				if n >= countCap {
					return errEnough
				}
				return nil
			})
		if hasCode(err, goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultTimeLimitExceeded, goldap.LDAPResultAdminLimitExceeded) {
			limited = err
			k.limit(n, err)
		}
		if err == errEnough || limited != nil {
			err = nil
		}
		return n, err
	}
	if k.accounts, err = count(k.cfg.Mapping.UserFilter); err == nil && limited == nil {
		k.groups, err = count(k.cfg.Mapping.GroupFilter)
	}
	if err != nil {
		return k.fail("base", "Base", "counting entries", err)
	}
	if limited != nil {
		return false
	}
	if k.accounts == 0 {
		found := k.say(directory.Failed, "base", "Base", fmt.Sprintf("No account fits %s at or below %s.", k.cfg.Mapping.UserFilter, k.cfg.BaseDN))
		found.Remedy = "Check the base, the user filter, and what the bind account may read."
		found.Copy = k.grant(k.cfg.BaseDN, "")
		return false
	}
	k.say(directory.Passed, "base", "Base", fmt.Sprintf("%s, %s accounts, %s groups, paged reads", k.cfg.BaseDN, counted(k.accounts), counted(k.groups)))
	return true
}

func counted(n int) string {
	if n >= countCap {
		return "more than " + strconv.Itoa(countCap)
	}
	return strconv.Itoa(n)
}

// limit reports that the server cuts answers, with the text that lifts it.
func (k *checker) limit(n int, err error) {
	what := "size"
	if hasCode(err, goldap.LDAPResultTimeLimitExceeded) {
		what = "time"
	} else if hasCode(err, goldap.LDAPResultAdminLimitExceeded) {
		what = "administrative"
	}
	found := k.say(directory.Failed, "rights", "Limit", fmt.Sprintf("The server's %s limit stops this account after %d entries: no read can be complete.", what, n))
	found.Remedy = "Lift the limit for the bind account. In OpenLDAP, size.prtotal counts over all pages."
	found.Copy = fmt.Sprintf("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcLimits\nolcLimits: %s size=unlimited size.prtotal=unlimited time=unlimited\n", k.who())
}

// grant is an access rule that lets the bind account read a subtree, or only
// some attributes in it.
func (k *checker) grant(dn, attrs string) string {
	if attrs != "" {
		attrs = " attrs=" + attrs
	}
	return rule(fmt.Sprintf("to dn.subtree=%q%s by %s read by * break", dn, attrs, k.who()))
}

// rule is the change record that puts an access rule before the others. The
// number of the database is the usual one.
func rule(access string) string {
	return "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\nolcAccess: {0}" + access + "\n"
}
