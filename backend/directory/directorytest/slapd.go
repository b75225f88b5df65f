package directorytest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Options say what sort of slapd to start. The zero value is a server for
// Suffix with TLS, whose reader may read everything but passwords.
type Options struct {
	Suffix string // default: dc=demo,dc=example
	// LDIF writes the entries to load to a file; nil: a small Company.
	LDIF func(path string) error
	// Access replaces the access rules of the database, in the form of slapd.conf.
	Access []string
	// Limits replaces the size limits, as "sizelimit ..." and "limits ..." lines.
	Limits []string
	// Sync adds the content synchronisation of RFC 4533, with a log of deletions.
	Sync bool
	// Policy adds the password policy overlay with cn=default,ou=policies.
	Policy bool
	// Follow are attributes whose values follow a renamed entry, and go with one
	// that is deleted, a moment later (overlay refint).
	Follow []string
	// Extra lines of the database section.
	Extra []string
	// Until is when the server's certificate ends; default: tomorrow.
	Until time.Time
	// Names the certificate is for; default: localhost and 127.0.0.1.
	Names []string
}

// The accounts of every server. The reader's entry is written by Company.
const (
	AdminPassword  = "admin-secret"
	ReaderPassword = "reader-secret"
)

// Slapd is a running OpenLDAP server on loopback ports.
type Slapd struct {
	URL       string // ldap://127.0.0.1:PORT, StartTLS possible
	TLSURL    string // ldaps://localhost:PORT
	Suffix    string
	AdminDN   string // the rootdn
	ReaderDN  string
	Authority *Authority
	Leaf      Certificate

	t    testing.TB
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// Start runs a slapd until the test ends; it dies with the test process.
func Start(t testing.TB, o Options) *Slapd {
	t.Helper()
	Need(t, "slapd", "slapadd", "ldapsearch", "ldapmodify")
	if o.Suffix == "" {
		o.Suffix = DefaultSuffix
	}
	if o.LDIF == nil {
		o.LDIF = func(path string) error { return Company{Suffix: o.Suffix, Policy: o.Policy}.WriteFile(path) }
	}
	if o.Until.IsZero() {
		o.Until = time.Now().Add(24 * time.Hour)
	}
	if o.Names == nil {
		o.Names = []string{"localhost", "127.0.0.1"}
	}
	s := &Slapd{t: t, Suffix: o.Suffix, AdminDN: "cn=admin," + o.Suffix, ReaderDN: ReaderDN(o.Suffix), dir: shortDir(t)}
	for _, sub := range []string{"db", "cf"} {
		must(t, os.Mkdir(filepath.Join(s.dir, sub), 0o700))
	}
	s.Authority = NewAuthority(t, "Test CA")
	s.Leaf = s.Authority.Issue(t, s.dir, o.Until, o.Names...)
	must(t, os.WriteFile(s.file("ca.crt"), []byte(s.Authority.PEM), 0o600))
	must(t, os.WriteFile(s.file("slapd.conf"), []byte(s.config(o)), 0o600))
	must(t, os.WriteFile(s.file("admin.pw"), []byte(AdminPassword), 0o600))
	must(t, o.LDIF(s.file("data.ldif")))
	s.run("slapadd", "-q", "-w", "-f", s.file("slapd.conf"), "-b", s.Suffix, "-l", s.file("data.ldif"))
	must(t, os.Remove(s.file("data.ldif")))

	plain, secure := freePort(t), freePort(t)
	s.URL, s.TLSURL = fmt.Sprintf("ldap://127.0.0.1:%d", plain), fmt.Sprintf("ldaps://localhost:%d", secure)
	s.start("-f", s.file("slapd.conf"))
	t.Cleanup(s.Kill)
	return s
}

// shortDir is a temporary folder: a path of slapd must not hold spaces.
func shortDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "slapd")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (s *Slapd) file(name string) string { return filepath.Join(s.dir, name) }

func (s *Slapd) config(o Options) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, schema := range []string{"core", "cosine", "inetorgperson", "nis"} {
		line("include /etc/ldap/schema/%s.schema", schema)
	}
	line("modulepath /usr/lib/ldap")
	line("moduleload back_mdb")
	if o.Policy {
		line("moduleload ppolicy")
	}
	if o.Sync {
		line("moduleload syncprov")
	}
	if o.Follow != nil {
		line("moduleload refint")
	}
	line("pidfile %s", s.file("slapd.pid"))
	line("argsfile %s", s.file("slapd.args"))
	line("TLSCACertificateFile %s", s.file("ca.crt"))
	line("TLSCertificateFile %s", s.Leaf.CertFile)
	line("TLSCertificateKeyFile %s", s.Leaf.KeyFile)
	line("threads 4")
	line("sockbuf_max_incoming 4194303")
	line("database config")
	line("rootdn cn=config")
	line("rootpw %s", AdminPassword)
	line("database mdb")
	line("suffix %q", o.Suffix)
	line("rootdn %q", s.AdminDN)
	line("rootpw %s", AdminPassword)
	line("directory %s", s.file("db"))
	line("maxsize 4294967296")
	line("dbnosync")
	line("index objectClass,entryUUID,entryCSN,uid,member,uniqueMember,memberUid,cn eq")
	if o.Follow != nil {
		line("index %s eq", strings.Join(o.Follow, ","))
	}
	limits := o.Limits
	if limits == nil {
		limits = []string{"sizelimit size.soft=500 size.hard=1000 size.prtotal=unlimited"}
	}
	for _, limit := range limits {
		line("%s", limit)
	}
	access := o.Access
	if access == nil {
		access = []string{
			"to attrs=userPassword by anonymous auth by * none",
			"to * by users read by anonymous auth",
		}
	}
	for _, rule := range access {
		line("access %s", rule)
	}
	for _, extra := range o.Extra {
		line("%s", extra)
	}
	if o.Sync {
		line("overlay syncprov")
		line("syncprov-sessionlog 100000")
	}
	if o.Follow != nil {
		line("overlay refint")
		line("refint_attributes %s", strings.Join(o.Follow, " "))
	}
	if o.Policy {
		line("overlay ppolicy")
		line("ppolicy_default cn=default,ou=policies,%s", o.Suffix)
		line("ppolicy_use_lockout")
	}
	return b.String()
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *Slapd) start(args ...string) {
	s.t.Helper()
	program, err := find("slapd")
	must(s.t, err)
	plain := strings.TrimPrefix(s.URL, "ldap://")
	secure := strings.Replace(strings.TrimPrefix(s.TLSURL, "ldaps://"), "localhost", "127.0.0.1", 1)
	log, err := os.OpenFile(s.file("slapd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(s.t, err)
	defer log.Close()
	// -d 0 keeps slapd in the foreground, so that it stays our child.
	s.cmd = exec.Command(program, append(args, "-F", s.file("cf"), "-d", "0", "-h", "ldap://"+plain+" ldaps://"+secure)...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	dieWithParent(s.cmd)
	must(s.t, s.cmd.Start())
	done := make(chan struct{})
	s.done = done
	go func(cmd *exec.Cmd) { _ = cmd.Wait(); close(done) }(s.cmd)
	for range 400 {
		select {
		case <-done:
			text, _ := os.ReadFile(s.file("slapd.log"))
			s.t.Fatalf("slapd ended at once:\n%s", text)
		case <-time.After(25 * time.Millisecond):
		}
		if nc, err := net.DialTimeout("tcp", secure, time.Second); err == nil {
			nc.Close()
			return
		}
	}
	s.t.Fatal("slapd does not answer after 10 s")
}

// Kill ends the server without warning (SIGKILL).
func (s *Slapd) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// Stop ends the server in order.
func (s *Slapd) Stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	<-s.done
}

// Restart starts a server that was killed or stopped, on the same ports and
// data.
func (s *Slapd) Restart() { s.t.Helper(); s.start() }

// Copy copies the data of a server; what it returns puts them back. Both stop the
// server and start it again.
func (s *Slapd) Copy() (putBack func()) {
	s.t.Helper()
	kept := filepath.Join(shortDir(s.t), "db")
	s.Stop()
	must(s.t, os.CopyFS(kept, os.DirFS(s.file("db"))))
	s.Restart()
	return func() {
		s.t.Helper()
		s.Stop()
		must(s.t, os.RemoveAll(s.file("db")))
		must(s.t, os.CopyFS(s.file("db"), os.DirFS(kept)))
		s.Restart()
	}
}

// Freeze stops the process in place (SIGSTOP): it accepts and never answers.
func (s *Slapd) Freeze() { s.t.Helper(); must(s.t, freeze(s.cmd.Process)) }

// Thaw lets a frozen server go on.
func (s *Slapd) Thaw() { s.t.Helper(); must(s.t, thaw(s.cmd.Process)) }

// Search runs ldapsearch as the administrator and returns its LDIF, unwrapped
// and without comments.
func (s *Slapd) Search(args ...string) string {
	s.t.Helper()
	return s.run("ldapsearch", append(s.SearchArgs(), args...)...)
}

// SearchArgs are the arguments with which ldapsearch reads as the
// administrator, for callers that run it themselves.
func (s *Slapd) SearchArgs() []string {
	return []string{"-x", "-LLL", "-o", "ldif-wrap=no", "-H", s.URL, "-D", s.AdminDN, "-y", s.file("admin.pw"), "-b", s.Suffix}
}

// Modify applies LDIF change records, or adds entries, as the administrator.
func (s *Slapd) Modify(ldif string) { s.t.Helper(); s.modify(s.AdminDN, ldif) }

// Configure applies LDIF change records to cn=config. The data lie in
// olcDatabase={1}mdb,cn=config.
func (s *Slapd) Configure(ldif string) { s.t.Helper(); s.modify("cn=config", ldif) }

// Database is the configuration entry of the data.
const Database = "olcDatabase={1}mdb,cn=config"

// Hide takes the reader's right on everything at and below dn, until Reveal.
func (s *Slapd) Hide(dn string) {
	s.t.Helper()
	s.Rule(fmt.Sprintf("to dn.subtree=%q by dn.exact=%q none by * break", dn, s.ReaderDN))
}

// Rule puts an access rule before the others.
func (s *Slapd) Rule(access string) {
	s.t.Helper()
	s.Configure("dn: " + Database + "\nchangetype: modify\nadd: olcAccess\nolcAccess: {0}" + access + "\n")
}

// Reveal takes away the rule that Hide or Rule put first.
func (s *Slapd) Reveal() {
	s.t.Helper()
	s.Configure("dn: " + Database + "\nchangetype: modify\ndelete: olcAccess\nolcAccess: {0}\n")
}

func (s *Slapd) modify(as, ldif string) {
	s.t.Helper()
	program, err := find("ldapmodify")
	must(s.t, err)
	cmd := exec.Command(program, "-a", "-x", "-H", s.URL, "-D", as, "-y", s.file("admin.pw"), "-o", "nettimeout=10")
	cmd.Stdin = strings.NewReader(ldif)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("ldapmodify: %v\n%s", err, out)
	}
}

func (s *Slapd) run(name string, args ...string) string {
	s.t.Helper()
	program, err := find(name)
	must(s.t, err)
	var out, errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, errs.String())
	}
	return out.String()
}
