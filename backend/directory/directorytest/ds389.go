package directorytest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// DS389 is a running 389 Directory Server on loopback ports.
type DS389 struct {
	URL      string // ldap://127.0.0.1:PORT
	Suffix   string
	AdminDN  string // the Directory Manager
	ReaderDN string

	dir   string
	pid   int
	alive io.Closer // the server ends with it
	done  chan struct{}
	mu    sync.Mutex
}

// DS389Schema are lines of a schema file that every server gets, beside its own.
const DS389Schema = "99gatehouse.ldif"

var ds389 struct {
	once   sync.Once
	server *DS389
	failed string
}

// StartDS389 is the one 389 Directory Server of this test binary, with the
// content synchronisation plugin, below Suffix a Company. It lives in a mount
// namespace of its own, which needs root, so that nothing of it is left behind;
// it ends with the test process.
func StartDS389(t testing.TB) *DS389 {
	t.Helper()
	Need(t, "dscreate", "ns-slapd", "ldapmodify", "unshare")
	if os.Geteuid() != 0 {
		if os.Getenv("GATEHOUSE_TEST_ALL") == "1" {
			t.Fatal("389 Directory Server is tested as root")
		}
		t.Skip("389 Directory Server is tested as root")
	}
	ds389.once.Do(func() {
		s := &DS389{Suffix: DefaultSuffix, AdminDN: "cn=Directory Manager", ReaderDN: ReaderDN(DefaultSuffix), done: make(chan struct{})}
		if err := s.create(t); err != nil {
			ds389.failed = err.Error()
			return
		}
		ds389.server = s
	})
	if ds389.server == nil {
		t.Fatalf("no 389 Directory Server: %s", ds389.failed)
	}
	return ds389.server
}

// ds389Script makes an instance in private folders and becomes its server.
const ds389Script = `set -e
cd "$1"
sed 's/^with_systemd = 1/with_systemd = 0/' /usr/share/dirsrv/inf/defaults.inf > defaults.inf
mount --bind defaults.inf /usr/share/dirsrv/inf/defaults.inf
cp -a /etc/dirsrv etc
for d in /etc/dirsrv /var/lib/dirsrv /var/log/dirsrv /run; do mount -t tmpfs tmpfs $d; done
cp -a etc/. /etc/dirsrv/
mkdir -p /run/lock /run/dirsrv
chown dirsrv:dirsrv /run/dirsrv /run/lock /var/lib/dirsrv /var/log/dirsrv
dscreate from-file instance.inf
awk '/^dn: /{on=tolower($0) ~ /cn=content synchronization,|cn=retro changelog plugin,/}
	on && tolower($0) ~ /^nsslapd-pluginenabled:/ {$0="nsslapd-pluginEnabled: on"} {print}
	tolower($0) ~ /^dn: cn=retro changelog plugin,/ {print "nsslapd-attribute: nsuniqueid:targetUniqueId"}' /etc/dirsrv/slapd-gatehouse/dse.ldif > dse
cat dse > /etc/dirsrv/slapd-gatehouse/dse.ldif
[ ! -e schema ] || cat schema > /etc/dirsrv/slapd-gatehouse/schema/` + DS389Schema + `
ns-slapd -D /etc/dirsrv/slapd-gatehouse -i /run/dirsrv/slapd-gatehouse.pid -d 0 &
echo $! > pid.new; mv pid.new pid
read _ || kill -9 $! # the test process ended, and with it the pipe
`

func (s *DS389) create(t testing.TB) error {
	dir, err := os.MkdirTemp("", "ds389")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.dir = dir
	plain, secure := freePort(t), freePort(t)
	s.URL = fmt.Sprintf("ldap://127.0.0.1:%d", plain)
	inf := fmt.Sprintf("[general]\nconfig_version = 2\nfull_machine_name = localhost\nstart = False\nstrict_host_checking = False\nselinux = False\n"+
		"systemd = False\ndefaults = 999999999\n[slapd]\ninstance_name = gatehouse\nport = %d\nsecure_port = %d\nroot_dn = %s\nroot_password = %s\n"+
		"self_sign_cert = True\nuser = dirsrv\ngroup = dirsrv\n[backend-userroot]\nsuffix = %s\ncreate_suffix_entry = False\nsample_entries = no\n",
		plain, secure, s.AdminDN, AdminPassword, s.Suffix)
	for name, text := range map[string]string{"instance.inf": inf, "up.sh": ds389Script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	script := exec.Command("unshare", "-m", "--propagation", "private", "bash", filepath.Join(dir, "up.sh"), dir)
	script.Stdout, script.Stderr = log, log
	if s.alive, err = script.StdinPipe(); err != nil {
		return err
	}
	if err := script.Start(); err != nil {
		return err
	}
	go func() { _ = script.Wait(); close(s.done) }()
	if err := s.ready(); err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, text)
	}
	return s.load()
}

// ready waits for the final server: the one that makes the instance listens too.
func (s *DS389) ready() error {
	for range 1200 {
		select {
		case <-s.done:
			return fmt.Errorf("389 Directory Server ended")
		case <-time.After(50 * time.Millisecond):
		}
		text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
		if err != nil {
			continue
		}
		if s.pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return err
		}
		if exec.Command("ldapsearch", "-x", "-H", s.URL, "-b", "", "-s", "base", "-o", "nettimeout=1", "1.1").Run() == nil {
			return nil
		}
	}
	return fmt.Errorf("389 Directory Server does not answer after a minute")
}

func (s *DS389) load() error {
	var b bytes.Buffer
	if err := (Company{Suffix: s.Suffix}).Write(&b); err != nil {
		return err
	}
	// The suffix entry is there already.
	_, ldif, _ := strings.Cut(b.String(), "\n\n")
	aci := `(targetattr != "userPassword")(version 3.0; acl "reader"; allow (read, search, compare) userdn = "ldap:///` + s.ReaderDN + `";)`
	return s.apply("dn: " + s.Suffix + "\nchangetype: modify\nreplace: aci\naci: " + aci + "\n\n" + ldif)
}

func (s *DS389) apply(ldif string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = w.WriteString(AdminPassword)
	w.Close()
	if err != nil {
		return err
	}
	cmd := exec.Command("ldapmodify", "-a", "-x", "-H", s.URL, "-D", s.AdminDN, "-y", "/dev/fd/3")
	cmd.ExtraFiles = []*os.File{r}
	cmd.Stdin = strings.NewReader(ldif)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ldapmodify: %w\n%s", err, out[max(0, len(out)-2000):])
	}
	return nil
}

// Modify applies LDIF change records, or adds entries, as the Directory Manager.
func (s *DS389) Modify(t testing.TB, ldif string) { t.Helper(); must(t, s.apply(ldif)) }

// Freeze stops the process in place (SIGSTOP): it accepts and never answers.
func (s *DS389) Freeze(t testing.TB) { t.Helper(); must(t, freeze(s.process())) }

// Thaw lets a frozen server go on.
func (s *DS389) Thaw(t testing.TB) { t.Helper(); must(t, thaw(s.process())) }

func (s *DS389) process() *os.Process {
	p, _ := os.FindProcess(s.pid) // never fails where this server runs
	return p
}
