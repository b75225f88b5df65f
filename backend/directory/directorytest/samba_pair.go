package directorytest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// SambaPair is two controllers of one domain that replicate both ways.
type SambaPair struct {
	First, Second *Samba

	t  testing.TB
	ns *namespace
}

// StartSambaPair runs two controllers until the test ends. They find each other
// by a hosts file of their own, in a private mount namespace.
func StartSambaPair(t testing.TB) *SambaPair {
	t.Helper()
	Need(t, "samba", "samba-tool", "samba_spnupdate", "ldbsearch", "ldapsearch", "ldapmodify", "unshare")
	if os.Geteuid() != 0 {
		unable(t, "two controllers need root: private mount namespaces, and ports below 1024")
	}
	template := keptTemplate(t, "pair", string(sambaSpec(SambaOptions{})), func(dir string) { makePair(t, dir) })
	dir := sambaDir(t)
	p := newPair(t, dir)
	for _, s := range []*Samba{p.First, p.Second} {
		s.copyFrom(filepath.Join(template, s.host))
		s.prepare(SambaOptions{})
	}
	p.writeHosts(p.First, p.Second)
	p.First.start()
	p.Second.start()
	p.Settle()
	return p
}

// newPair draws addresses, and makes the namespace in dir.
func newPair(t testing.TB, dir string) *SambaPair {
	t.Helper()
	p := &SambaPair{t: t, ns: &namespace{hosts: filepath.Join(dir, "hosts"), resolv: filepath.Join(dir, "resolv.conf"), krb5: filepath.Join(dir, "krb5.conf")}}
	one := func(host string) *Samba {
		return &Samba{t: t, dir: filepath.Join(dir, host), host: host, Address: freeLoopback(t), Authority: NewAuthority(t, "Test CA"), ns: p.ns}
	}
	p.First, p.Second = one("dc1"), one("dc2")
	must(t, os.WriteFile(p.ns.resolv, nil, 0o644))
	must(t, os.WriteFile(p.ns.krb5, []byte(fmt.Sprintf("[libdefaults]\ndefault_realm = AD.TEST\ndns_lookup_kdc = false\ndns_lookup_realm = false\nrdns = false\n"+
		"[realms]\nAD.TEST = {\nkdc = %s\nkdc = %s\n}\n[domain_realm]\n.ad.test = AD.TEST\nad.test = AD.TEST\n", p.First.Address, p.Second.Address)), 0o644))
	return p
}

// writeHosts names the controllers, and the ids under which they replicate. The
// file is written over, not replaced: it is mounted.
func (p *SambaPair) writeHosts(known ...*Samba) {
	p.t.Helper()
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	for _, s := range []*Samba{p.First, p.Second} {
		fmt.Fprintf(&b, "%s %s.ad.test %s\n", s.Address, s.host, s.host)
	}
	for _, s := range known {
		out := run(p.t, nil, "ldbsearch", "-H", s.file("private/sam.ldb"), "-s", "base", "-b",
			"CN=NTDS Settings,CN="+strings.ToUpper(s.host)+",CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,"+SambaDomain, "objectGUID")
		for line := range strings.SplitSeq(out, "\n") {
			if guid, ok := strings.CutPrefix(line, "objectGUID: "); ok {
				fmt.Fprintf(&b, "%s %s._msdcs.ad.test\n", s.Address, guid)
			}
		}
	}
	must(p.t, os.WriteFile(p.ns.hosts, []byte(b.String()), 0o644))
}

// makePair provisions, fills and joins, and leaves both controllers stopped.
func makePair(t testing.TB, dir string) {
	t.Helper()
	p := newPair(t, dir)
	p.writeHosts()
	provision(t, p.ns, dir, "dc1", p.First.Address)
	fill(t, p.First.dir, sambaSpec(SambaOptions{}))
	p.First.prepare(SambaOptions{})
	p.writeHosts(p.First)
	run(t, p.ns, "samba_spnupdate", "-s", p.First.conf()) // else the second never pulls
	p.First.start()
	run(t, p.ns, "samba-tool", "domain", "join", "ad.test", "DC", "-U", "Administrator%"+SambaAdminPassword, "--server=dc1.ad.test", "--targetdir="+p.Second.dir,
		"--realm="+SambaRealm, "--dns-backend=NONE", "--option=netbios name=DC2", "--option=interfaces="+p.Second.Address+"/8", "--option=bind interfaces only=yes")
	p.Second.prepare(SambaOptions{})
	p.writeHosts(p.First, p.Second)
	p.Second.start()
	p.Settle()
	p.Second.Stop()
	p.First.Stop()
}

// Settle waits until each controller has what the other has.
func (p *SambaPair) Settle() {
	p.t.Helper()
	p.carries(p.First, p.Second)
	p.carries(p.Second, p.First)
}

// carries waits until a mark made at one controller shows at the other.
func (p *SambaPair) carries(from, to *Samba) {
	p.t.Helper()
	const marked = "CN=Partner,OU=People," + SambaDomain
	mark := fmt.Sprintf("%s %d", from.host, time.Now().UnixNano())
	from.Modify("dn: " + marked + "\nchangetype: modify\nreplace: description\ndescription: " + mark + "\n")
	for range 300 {
		if strings.Contains(to.Search("-b", marked, "-s", "base", "description"), mark) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.t.Fatalf("what changes at %s does not reach %s within 30 s", from.host, to.host)
}

// StopReplication keeps a controller from taking what the other has.
func (p *SambaPair) StopReplication(s *Samba) {
	p.t.Helper()
	s.inbound("replace: options\noptions: 3\n")
}

// ResumeReplication lets it again, and waits until it has.
func (p *SambaPair) ResumeReplication(s *Samba) {
	p.t.Helper()
	s.inbound("replace: options\noptions: 1\n")
	p.Settle()
}

// inbound writes the options of a controller's own settings: 1 is a global
// catalogue, 2 takes nothing from others (MS-ADTS section 6.1.1.2.2.1.2.1.1).
func (s *Samba) inbound(change string) {
	s.t.Helper()
	s.Modify("dn: CN=NTDS Settings,CN=" + strings.ToUpper(s.host) + ",CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + SambaDomain +
		"\nchangetype: modify\n" + change)
}
