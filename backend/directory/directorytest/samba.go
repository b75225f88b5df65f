package directorytest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SambaOptions say what lies in a domain. The zero value is a small company
// with one of every sort of account.
type SambaOptions struct {
	Users       int // beside the planted ones; default: 40
	Groups      int // default: 8
	Memberships int // direct members that are users, in total; default: 4 a group
	// Until is when the controller's certificate ends; default: tomorrow.
	Until time.Time
}

// The one domain all controllers are of, and its accounts.
const (
	SambaDomain        = "DC=ad,DC=test"
	SambaRealm         = "AD.TEST"
	SambaAdmin         = "Administrator@ad.test"
	SambaAdminPassword = "Adm1n-Passw0rd!"
	SambaReader        = "gatehouse-read@ad.test" // an ordinary account
	SambaReaderDN      = "CN=gatehouse-read,OU=Service," + SambaDomain
	SambaPassword      = "Read3r-Passw0rd!" // of the reader and of every generated account that has one
)

// Samba is a running domain controller on a loopback address of its own.
type Samba struct {
	Name      string // dc1.ad.test
	Address   string // 127.0.0.x
	URL       string // ldaps://127.0.0.x
	PlainURL  string // ldap://127.0.0.x, StartTLS possible
	Authority *Authority

	t    testing.TB
	dir  string
	host string // dc1
	ns   *namespace
	pass string // file with the administrator's password
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// StartSamba runs a domain controller until the test ends; it dies with the
// test process. The filled domain is made once a machine and then copied.
func StartSamba(t testing.TB, o SambaOptions) *Samba {
	t.Helper()
	Need(t, "samba", "samba-tool", "ldbsearch", "ldapsearch", "ldapmodify")
	if os.Geteuid() != 0 {
		unable(t, "a domain controller needs root: its ports are fixed and below 1024")
	}
	template := sambaTemplate(t, o)
	dir := sambaDir(t)
	s := &Samba{t: t, dir: filepath.Join(dir, "dc1"), host: "dc1", Address: freeLoopback(t), Authority: NewAuthority(t, "Test CA")}
	s.copyFrom(filepath.Join(template, "dc1"))
	s.prepare(o)
	s.start()
	return s
}

// unable skips, or fails where every test must run.
func unable(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("GATEHOUSE_TEST_ALL") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// sambaDir is a temporary folder that root's daemons may use.
func sambaDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "gatehouse-samba-run")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (s *Samba) file(name string) string { return filepath.Join(s.dir, name) }

func (s *Samba) copyFrom(dir string) { run(s.t, nil, "cp", "-a", dir, s.dir) }

// prepare writes what belongs to this one start: certificate, configuration,
// folders.
func (s *Samba) prepare(o SambaOptions) {
	s.t.Helper()
	s.Name = s.host + ".ad.test"
	s.URL, s.PlainURL = "ldaps://"+s.Address, "ldap://"+s.Address
	if o.Until.IsZero() {
		o.Until = time.Now().Add(24 * time.Hour)
	}
	leaf := s.Authority.Issue(s.t, s.dir, o.Until, s.Name, s.Address)
	must(s.t, os.WriteFile(s.file("ca.crt"), []byte(s.Authority.PEM), 0o600))
	s.pass = s.file("admin.pw")
	must(s.t, os.WriteFile(s.pass, []byte(SambaAdminPassword), 0o600))
	writeSambaConf(s.t, s.dir, s.host, s.Address, leaf)
}

// writeSambaConf writes run.conf and the folders it names.
func writeSambaConf(t testing.TB, dir, host, address string, leaf Certificate) {
	t.Helper()
	for _, sub := range []string{"run", "ncalrpc", "log", "cache", "winbindd", "etc"} {
		must(t, os.MkdirAll(filepath.Join(dir, sub), 0o750))
	}
	conf := strings.NewReplacer("$D", dir, "$HOST", strings.ToUpper(host), "$IP", address, "$KEY", leaf.KeyFile, "$CERT", leaf.CertFile).Replace(sambaConf)
	must(t, os.WriteFile(filepath.Join(dir, "etc", "run.conf"), []byte(conf), 0o600))
}

const sambaConf = `[global]
netbios name = $HOST
realm = AD.TEST
workgroup = ADTEST
server role = active directory domain controller
server services = ldap, cldap, kdc, rpc, drepl, kcc
dcerpc endpoint servers = epmapper, samr, netlogon, lsarpc, drsuapi
dreplsrv:periodic_startup_interval = 1
dreplsrv:periodic_interval = 2
dreplsrv:notify_interval = 1
kccsrv:periodic_startup_interval = 1
interfaces = $IP/8
bind interfaces only = yes
private dir = $D/private
state directory = $D/state
cache directory = $D/cache
lock directory = $D
pid directory = $D/run
ncalrpc dir = $D/ncalrpc
binddns dir = $D/bind-dns
ntp signd socket directory = $D/ntp_signd
winbindd socket directory = $D/winbindd
log file = $D/log/log.%m
logging = file
log level = 1
max log size = 0
idmap_ldb:use rfc2307 = yes
ldap server require strong auth = allow_sasl_over_tls
tls enabled = yes
tls keyfile = $KEY
tls certfile = $CERT
tls cafile = $D/ca.crt
dsdb:schema update allowed = no
[sysvol]
path = $D/state/sysvol
read only = no
`

func (s *Samba) conf() string { return s.file("etc/run.conf") }

func (s *Samba) start() {
	s.t.Helper()
	log, err := os.OpenFile(s.file("log/stdout"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(s.t, err)
	defer log.Close()
	program, err := find("samba")
	must(s.t, err)
	s.cmd = s.ns.command(program, "-F", "--no-process-group", "-M", "single", "-s", s.conf())
	s.cmd.Stdout, s.cmd.Stderr = log, log
	dieWithParent(s.cmd)
	must(s.t, s.cmd.Start())
	done := make(chan struct{})
	s.done = done
	go func(cmd *exec.Cmd) { _ = cmd.Wait(); close(done) }(s.cmd)
	s.t.Cleanup(s.Stop)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.Authority.PEM))
	for range 600 {
		select {
		case <-done:
			text, _ := os.ReadFile(s.file("log/log.samba"))
			s.t.Fatalf("samba ended at once:\n%s", text)
		case <-time.After(25 * time.Millisecond):
		}
		// A handshake proves that the LDAP service itself answers.
		nc, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", s.Address+":636", &tls.Config{RootCAs: roots, ServerName: s.Address, InsecureSkipVerify: true})
		if err == nil {
			nc.Close()
			return
		}
	}
	s.t.Fatal("samba does not answer after 15 s")
}

// Stop ends the controller in order.
func (s *Samba) Stop() {
	select {
	case <-s.done:
		return
	default:
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(5 * time.Second):
		s.Kill()
	}
}

// Kill ends the controller without warning.
func (s *Samba) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// Restart starts a controller that was killed or stopped.
func (s *Samba) Restart() { s.t.Helper(); s.start() }

// Freeze stops the process in place (SIGSTOP): it accepts and never answers.
func (s *Samba) Freeze() { s.t.Helper(); must(s.t, freeze(s.cmd.Process)) }

// Thaw lets a frozen controller go on.
func (s *Samba) Thaw() { s.t.Helper(); must(s.t, thaw(s.cmd.Process)) }

// Modify applies LDIF change records, or adds entries, as the administrator.
func (s *Samba) Modify(ldif string) {
	s.t.Helper()
	s.client(strings.NewReader(ldif), "ldapmodify", "-a")
}

// Search runs ldapsearch as the administrator and returns its LDIF, unwrapped
// and without comments.
func (s *Samba) Search(args ...string) string {
	s.t.Helper()
	return s.client(nil, "ldapsearch", append([]string{"-LLL", "-o", "ldif-wrap=no", "-E", "pr=1000/noprompt"}, args...)...)
}

// Has reports whether there is an entry with the name.
func (s *Samba) Has(dn string) bool {
	s.t.Helper()
	return strings.Contains(s.Search("-b", SambaDomain, "(distinguishedName="+dn+")", "dn"), "dn: ")
}

// Set replaces an attribute of the account with the login.
func (s *Samba) Set(login, attr, value string) {
	s.t.Helper()
	dn, _, _ := strings.Cut(strings.TrimPrefix(s.Search("-b", SambaDomain, "(sAMAccountName="+login+")", "dn"), "dn: "), "\n")
	s.Modify(fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n", dn, attr, attr, value))
}

// Disable disables the account with the login.
func (s *Samba) Disable(login string) { s.t.Helper(); s.Set(login, "userAccountControl", "514") }

// client runs one of the LDAP client programs as the administrator.
func (s *Samba) client(in *strings.Reader, name string, args ...string) string {
	s.t.Helper()
	program, err := find(name)
	must(s.t, err)
	cmd := exec.Command(program, append([]string{"-x", "-H", s.URL, "-D", SambaAdmin, "-y", s.pass, "-o", "nettimeout=30"}, args...)...)
	cmd.Env = append(os.Environ(), "LDAPTLS_CACERT="+s.file("ca.crt"), "LDAPTLS_REQCERT=demand", "LDAPCONF=/dev/null")
	if in != nil {
		cmd.Stdin = in
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("%s: %v\n%s\n%s", name, err, errs.String(), tail(out.String(), 2000))
	}
	return out.String()
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// Tool runs samba-tool on the controller's own database and configuration.
func (s *Samba) Tool(args ...string) string {
	s.t.Helper()
	return run(s.t, s.ns, "samba-tool", append(args, "-s", s.conf())...)
}

// Database is what ldbsearch opens: the controller's own files, asked beside
// LDAP.
func (s *Samba) Database(args ...string) string {
	s.t.Helper()
	return run(s.t, nil, "ldbsearch", append([]string{"-H", s.file("private/sam.ldb"), "-s", "sub"}, args...)...)
}

// run runs a program in a namespace (nil: this one) and returns its output.
func run(t testing.TB, ns *namespace, name string, args ...string) string {
	t.Helper()
	program, err := find(name)
	must(t, err)
	cmd := ns.command(program, args...)
	dieWithParent(cmd)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s\n%s", name, strings.Join(args, " "), err, tail(errs.String(), 4000), tail(out.String(), 4000))
	}
	return out.String()
}

// freeLoopback takes a loopback address whose ports are free, until the test
// ends: the ports of a controller are fixed, so each has its own address.
func freeLoopback(t testing.TB) string {
	t.Helper()
	for last := 20; last < 250; last++ {
		address := fmt.Sprintf("127.0.0.%d", last)
		free, ok := tryLock(t, filepath.Join(os.TempDir(), "gatehouse-samba-"+address+".lock"))
		if !ok {
			continue
		}
		taken := false
		for _, port := range []string{"88", "389", "636"} {
			l, err := net.Listen("tcp", address+":"+port)
			if err != nil {
				taken = true
				break
			}
			l.Close()
		}
		if taken {
			free()
			continue
		}
		t.Cleanup(free)
		return address
	}
	t.Fatal("no loopback address with free LDAP ports")
	return ""
}
