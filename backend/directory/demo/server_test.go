package demo

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"

	"gatehouse/backend/directory/directorytest"
)

// remote is a company served on loopback TCP to OpenLDAP's own programs, an
// implementation of the protocol that is not ours.
type remote struct {
	*Company
	t        *testing.T
	uri      string
	password string // a file
}

func serve(t *testing.T) remote {
	t.Helper()
	directorytest.Need(t, "ldapsearch", "ldapmodify")
	c := open(t, t.TempDir(), storyTime)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.Serve(conn)
		}
	}()
	r := remote{c, t, "ldap://" + listener.Addr().String(), ""}
	r.password = r.file(AdminPassword)
	return r
}

// file keeps a secret out of the programs' arguments.
func (r remote) file(content string) string {
	f, err := os.CreateTemp(r.t.TempDir(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(content); err != nil {
		r.t.Fatal(err)
	}
	return f.Name()
}

// run calls a program and returns its output and exit code, which for these
// programs is the LDAP result code.
func (r remote) run(input, program string, args ...string) (string, int) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), program, append([]string{"-x", "-H", r.uri}, args...)...)
	cmd.Env = append(os.Environ(), "LDAPNOINIT=1")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// must runs a program as the administrator and expects the code.
func (r remote) must(want int, input, program string, args ...string) string {
	r.t.Helper()
	out, code := r.run(input, program, append([]string{"-D", AdminDN, "-y", r.password}, args...)...)
	if code != want {
		r.t.Fatalf("%s %s: code %d, want %d\n%s", program, strings.Join(args, " "), code, want, out)
	}
	return out
}

var entryLine = regexp.MustCompile(`(?m)^dn:`)

func TestOpenLDAPSearches(t *testing.T) {
	r := serve(t)
	search := func(args ...string) (string, int) {
		return r.run("", "ldapsearch", append([]string{"-LLL", "-o", "ldif_wrap=no"}, args...)...)
	}
	people := "(objectClass=inetOrgPerson)"
	for name, c := range map[string]struct {
		args    []string
		code    int
		entries int
		has     string
	}{
		"everything":        {[]string{"-b", BaseDN}, 0, 584, "cn: Mei-Lin Aasen"},
		"paged":             {[]string{"-b", BaseDN, "-E", "pr=100/noprompt", people, "1.1"}, 0, 427, ""},
		"pages of one":      {[]string{"-b", ouAdmins, "-E", "pr=1/noprompt", "uid"}, 0, 25, "uid: dpatel-adm"},
		"base":              {[]string{"-b", BaseDN, "-s", "base"}, 0, 1, "dc: halden"},
		"one level":         {[]string{"-b", BaseDN, "-s", "one", "dn"}, 0, 7, "ou=policies"},
		"from the root":     {[]string{"-b", "", "-s", "sub", people, "dn"}, 0, 427, ""},
		"root DSE":          {[]string{"-b", "", "-s", "base", "*", "+"}, 0, 1, "supportedControl: 1.2.840.113556.1.4.319"},
		"subschema":         {[]string{"-b", "cn=Subschema", "-s", "base", "+"}, 0, 1, "NAME 'schacExpiryDate'"},
		"size limit":        {[]string{"-b", BaseDN, "-z", "10", people, "dn"}, 4, 10, ""},
		"size limit, paged": {[]string{"-b", BaseDN, "-z", "10", "-E", "pr=100/noprompt", people, "dn"}, 4, 10, ""},
		"no such base":      {[]string{"-b", "uid=x,ou=nowhere," + BaseDN}, 32, 0, "Matched DN: " + BaseDN},
		"bad base":          {[]string{"-b", "halden"}, 34, 0, ""},
		"operational":       {[]string{"-b", "uid=jmueller," + ouPeople, "entryUUID", "pwdAccountLockedTime"}, 0, 1, "pwdAccountLockedTime: 20260310133600Z"},
		"types only":        {[]string{"-A", "-b", "uid=jmueller," + ouPeople, "mail"}, 0, 1, "mail:\n"},
		"base64 names":      {[]string{"-b", BaseDN, "(cn=أمل حدّاد)", "uid"}, 0, 1, "uid: ahaddad"},
		"quotes and commas": {[]string{"-b", `cn=Haugen\2C Per \22Skip\22,` + ouPeople, "uid"}, 0, 1, "uid: phaugen"},
		"combined":          {[]string{"-b", BaseDN, "(&(employeeType=intern)(!(uid=mlaasen)))", "dn"}, 0, 2, "uid=btran"},
		"substring":         {[]string{"-b", BaseDN, "(cn=jürgen*müller)", "uid"}, 0, 1, "uid: jmueller"},
		"dormant":           {[]string{"-b", ouAdmins, "(authTimestamp<=20251210000000Z)", "uid"}, 0, 3, "uid: dpatel-adm"},
		"schema by class":   {[]string{"-b", ouGroups, "(objectClass=posixGroup)", "cn"}, 0, 16, "cn: proj-fjord-2019"},
		"unknown control":   {[]string{"-b", BaseDN, "-e", "!1.2.3.4", "dn"}, 12, 0, ""},
	} {
		out, code := search(c.args...)
		if n := len(entryLine.FindAllString(out, -1)); code != c.code || n != c.entries || !strings.Contains(out, c.has) {
			t.Errorf("%s: code %d, %d entries; want %d and %d, with %q\n%.600s", name, code, n, c.code, c.entries, c.has, out)
		}
	}
	out, _ := search("-b", BaseDN, "*", "+")
	for _, secret := range []string{"userPassword:", "pwdReset", "PBKDF2"} {
		if strings.Contains(out, secret) {
			t.Errorf("an anonymous search returns %s", secret)
		}
	}
	if out, _ := search("-b", "uid=jmueller,"+ouPeople); strings.Contains(out, "entryUUID") || !strings.Contains(out, "mail: jmueller@halden.example") {
		t.Errorf("a plain search returns the wrong attributes:\n%s", out)
	}
}

func TestOpenLDAPChanges(t *testing.T) {
	r := serve(t)
	group, person := groupDN("calib-interns"), "uid=new,"+ouPeople
	add := "dn: " + person + "\nobjectClass: inetOrgPerson\ncn: New\nsn: New\nuid: new\n"
	change := func(op, value string) string {
		return "dn: " + group + "\nchangetype: modify\n" + op + ": member\nmember: " + value + "\n"
	}
	for _, step := range []struct {
		name, input, program string
		code                 int
		args                 []string
	}{
		{"add", add, "ldapadd", 0, nil},
		{"add again", add, "ldapadd", 68, nil},
		{"add below nothing", "dn: uid=a,ou=nowhere," + BaseDN + "\nobjectClass: account\nuid: a\n", "ldapadd", 32, nil},
		{"add outside", "dn: dc=other\nobjectClass: dcObject\ndc: other\n", "ldapadd", 53, nil},
		{"add without surname", "dn: uid=b," + ouPeople + "\nobjectClass: inetOrgPerson\ncn: B\nuid: b\n", "ldapadd", 65, nil},
		{"add without structure", "dn: uid=b," + ouPeople + "\nobjectClass: posixAccount\nuid: b\n", "ldapadd", 65, nil},
		{"add with a foreign attribute", add + "memberUid: x\n", "ldapadd", 68, nil},
		{"add an unknown attribute", strings.ReplaceAll(add, "new", "c") + "shoeSize: 44\n", "ldapadd", 17, nil},
		{"add a disallowed attribute", strings.ReplaceAll(add, "new", "c") + "memberUid: x\n", "ldapadd", 65, nil},
		{"add a bad value", strings.ReplaceAll(add, "new", "c") + "manager: nobody\n", "ldapadd", 21, nil},
		{"add what the server sets", strings.ReplaceAll(add, "new", "c") + "entryUUID: 1\n", "ldapadd", 19, nil},
		{"join", change("add", person), "ldapmodify", 0, nil},
		{"join twice", change("add", strings.ToUpper(person)), "ldapmodify", 20, nil},
		{"part", change("delete", person), "ldapmodify", 0, nil},
		{"part twice", change("delete", person), "ldapmodify", 16, nil},
		{"empty a group", "dn: " + groupDN("infra-readers") + "\nchangetype: modify\ndelete: member\n", "ldapmodify", 65, nil},
		{"two managers' numbers", "dn: " + person + "\nchangetype: modify\nadd: employeeNumber\nemployeeNumber: 1\nemployeeNumber: 2\n", "ldapmodify", 19, nil},
		{"take the name away", "dn: " + person + "\nchangetype: modify\nreplace: uid\nuid: other\n", "ldapmodify", 67, nil},
		{"unlock", "dn: uid=jmueller," + ouPeople + "\nchangetype: modify\ndelete: pwdAccountLockedTime\n", "ldapmodify", 0, nil},
		{"compare true", "", "ldapcompare", 6, []string{person, "sn:NEW"}},
		{"compare false", "", "ldapcompare", 5, []string{person, "sn:old"}},
		{"compare a password", "", "ldapcompare", 50, []string{AdminDN, "userPassword:" + noPassword}},
		{"rename", "", "ldapmodrdn", 0, []string{"-r", person, "uid=renamed"}},
		{"rename what is gone", "", "ldapmodrdn", 32, []string{"-r", person, "uid=renamed"}},
		{"rename onto another", "", "ldapmodrdn", 68, []string{"-r", "uid=renamed," + ouPeople, "uid=jmueller"}},
		{"move", "", "ldapmodrdn", 0, []string{"-r", "-s", ouLeavers, "uid=renamed," + ouPeople, "uid=renamed"}},
		{"delete a branch", "", "ldapdelete", 66, []string{ouInterns}},
		{"delete", "", "ldapdelete", 0, []string{"uid=renamed," + ouLeavers}},
		{"delete twice", "", "ldapdelete", 32, []string{"uid=renamed," + ouLeavers}},
		{"move a branch", "", "ldapmodrdn", 0, []string{"-r", "-s", BaseDN, ouInterns, "ou=trainees"}},
		{"its entries moved too", "", "ldapcompare", 6, []string{"uid=mlaasen,ou=trainees," + BaseDN, "employeeNumber:20417"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			r := r
			r.t = t
			r.must(step.code, step.input, step.program, step.args...)
		})
	}
	if again := open(t, filepath.Dir(r.path), storyTime); string(again.tree().ldif()) != string(r.tree().ldif()) {
		t.Error("the file does not hold what was acknowledged")
	}
}

func TestARenamedEntryKeepsItsIdAndTellsItsChange(t *testing.T) {
	r := serve(t)
	later := storyTime.Add(time.Hour)
	r.clock = func() time.Time { return later }
	before, err := r.tree().find("uid=mostby," + ouPeople)
	if err != nil {
		t.Fatal(err)
	}
	r.must(0, "", "ldapmodrdn", "-r", before.dn.String(), "uid=maiken")
	after, err := r.tree().find("uid=maiken," + ouPeople)
	if err != nil {
		t.Fatal(err)
	}
	if after.first("entryUUID") != before.first("entryUUID") || after.first("createTimestamp") != before.first("createTimestamp") {
		t.Error("a rename makes another entry")
	}
	if got := after.first("modifyTimestamp"); got != later.Format(timeForm) {
		t.Errorf("modifyTimestamp is %s", got)
	}
	if got := after.first("entryDN"); got != "uid=maiken,"+ouPeople {
		t.Errorf("entryDN is %s", got)
	}
	if got := after.values("uid"); !slices.Equal(got, []string{"maiken"}) {
		t.Errorf("the old name stays: %v", got)
	}
}

func TestOpenLDAPPasswordsAndRights(t *testing.T) {
	r := serve(t)
	person := "uid=mlaasen," + ouInterns
	wrong, first, second := r.file("wrong"), r.file("a first one"), r.file("a second one")
	who := func(dn, password string) (string, int) {
		return r.run("", "ldapwhoami", "-D", dn, "-y", password)
	}
	modify := "dn: " + person + "\nchangetype: modify\nreplace: title\ntitle: Boss\n"

	if out, code := r.run("", "ldapwhoami"); code != 0 || !strings.Contains(out, "anonymous") {
		t.Errorf("anonymous: %d %s", code, out)
	}
	if out, code := who(AdminDN, r.password); code != 0 || !strings.Contains(out, "dn:"+AdminDN) {
		t.Errorf("administrator: %d %s", code, out)
	}
	for name, try := range map[string]struct {
		dn, password string
		code         int
	}{
		"wrong password": {AdminDN, wrong, 49}, "nobody": {"uid=nobody," + ouPeople, wrong, 49},
		"no password set": {person, wrong, 49}, "bad name": {"halden", wrong, 34},
		"no password given": {AdminDN, r.file(""), 53},
	} {
		if out, code := who(try.dn, try.password); code != try.code {
			t.Errorf("%s: code %d, want %d: %s", name, code, try.code, out)
		}
	}
	if _, code := r.run(modify, "ldapmodify"); code != 8 {
		t.Errorf("an anonymous change: %d, want 8", code)
	}

	r.must(0, "", "ldappasswd", "-T", first, person)
	if out, code := who(person, first); code != 0 || !strings.Contains(out, "dn:"+person) {
		t.Errorf("after a reset: %d %s", code, out)
	}
	if out := r.must(0, "", "ldapsearch", "-LLL", "-b", person, "pwdReset", "pwdChangedTime"); !strings.Contains(out, "pwdReset: TRUE") || !strings.Contains(out, "pwdChangedTime: 20260310135100Z") {
		t.Errorf("a reset is not noted:\n%s", out)
	}
	if _, code := r.run(modify, "ldapmodify", "-D", person, "-y", first); code != 50 {
		t.Errorf("a change by an ordinary account: %d, want 50", code)
	}
	if out, code := r.run("", "ldappasswd", "-D", person, "-y", first, "-t", wrong, "-T", second); code == 0 || !strings.Contains(out, "(53)") {
		t.Errorf("own password without the old one: %s", out)
	}
	if out, code := r.run("", "ldappasswd", "-D", person, "-y", first, "-t", first, "-T", second); code != 0 {
		t.Errorf("own password: %d %s", code, out)
	}
	if out, _ := r.run("", "ldappasswd", "-D", person, "-y", second, "-t", second, "-T", first, "uid=btran,"+ouInterns); !strings.Contains(out, "(50)") {
		t.Errorf("another's password: %s, want 50", out)
	}
	out := r.must(0, "", "ldappasswd", person)
	made := regexp.MustCompile(`New password: (\S+)`).FindStringSubmatch(out)
	if made == nil {
		t.Fatalf("no password was made up: %s", out)
	}
	if _, code := who(person, r.file(made[1])); code != 0 {
		t.Errorf("the made-up password does not fit: %d", code)
	}
	r.must(0, "dn: "+person+"\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: "+disabledTime+"\n", "ldapmodify")
	if _, code := who(person, r.file(made[1])); code != 49 {
		t.Errorf("a disabled account signs in: %d, want 49", code)
	}
	if raw, err := os.ReadFile(r.path); err != nil || bytes.Contains(raw, []byte(made[1])) || bytes.Contains(raw, []byte(AdminPassword)) {
		t.Errorf("a password lies in the file as it is: %v", err)
	}
}

// exchange sends raw bytes and returns what comes back until the server hangs
// up or is silent for a while.
func exchange(t *testing.T, c *Company, requests ...[]byte) []byte {
	t.Helper()
	conn, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go conn.Write(bytes.Join(requests, nil)) // the answer tells
	var out []byte
	for buffer := make([]byte, 4096); ; {
		conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := conn.Read(buffer)
		if out = append(out, buffer[:n]...); err != nil {
			return out
		}
	}
}

func TestWhatIsNoLDAPEndsTheConnection(t *testing.T) {
	c := open(t, t.TempDir(), storyTime)
	notice := []byte(noticeDisconnect)
	for name, raw := range map[string]string{
		"http":       "GET / HTTP/1.1\r\n\r\n",
		"too long":   "\x30\x84\x7f\xff\xff\xff",
		"indefinite": "\x30\x80\x02\x01\x01",
		"nonsense":   "\x30\x03\x02\x01\x01",
	} {
		if out := exchange(t, c, []byte(raw)); !bytes.Contains(out, notice) {
			t.Errorf("%s: no notice of disconnection in %q", name, out)
		}
	}
}

func TestUnbindAndAbandon(t *testing.T) {
	c := open(t, t.TempDir(), storyTime)
	who := func(id int64) []byte { return envelope(id, application(opExtended, tagged(0, extendedWhoAmI))) }
	unbind := []byte("\x30\x05\x02\x01\x09\x42\x00")
	out := exchange(t, c, []byte("\x30\x06\x02\x01\x03\x50\x01\x02"), who(2), who(4))
	if bytes.Contains(out, []byte("\x02\x01\x02\x78")) || !bytes.Contains(out, []byte("\x02\x01\x04\x78")) {
		t.Errorf("request 2 was abandoned, 4 was not: %x", out)
	}
	if out := exchange(t, c, unbind, who(2)); len(out) != 0 {
		t.Errorf("an answer after unbind: %x", out)
	}
}

func TestACookieIsGoodForItsOwnSearchOnly(t *testing.T) {
	c := open(t, t.TempDir(), storyTime)
	search := func(cookie string) []byte {
		return envelope(5, application(opSearch, octets(BaseDN), integer(ber.TagEnumerated, 2), integer(ber.TagEnumerated, 0), integer(ber.TagInteger, 0),
			integer(ber.TagInteger, 0), ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, false, ""), encodeFilter(present("uid")), ber.NewSequence("")),
			paging{size: 2, cookie: cookie}.encode())
	}
	for _, cookie := range []string{"another.", "short", strings.Repeat("long", 9)} {
		if out := exchange(t, c, search(cookie)); !bytes.Contains(out, []byte("cookie is invalid")) {
			t.Errorf("the cookie %q is taken: %q", cookie, out)
		}
	}
}
