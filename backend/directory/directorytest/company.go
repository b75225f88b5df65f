package directorytest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
)

// DefaultSuffix is the base of a server that asks for no other.
const DefaultSuffix = "dc=demo,dc=example"

// ReaderDN is the account Gatehouse reads with, which every Company has.
func ReaderDN(suffix string) string { return "cn=gatehouse-read,ou=service," + suffix }

// Company is a directory made from numbers, the same for the same numbers.
// Users lie in ou=deptNNN,ou=people, groups in ou=groups.
type Company struct {
	Suffix      string // dc=...; default: DefaultSuffix
	Users       int    // default: 20
	Groups      int    // default: 5; of every ten, one is posixGroup and one groupOfUniqueNames
	Memberships int    // direct members that are users, in total; default: 3 a group
	Depth       int    // groups 2..Depth each lie in the one before; default: 3
	Dangling    int    // members that are no entry any more, spread over the groups but posixGroups
	Outside     int    // members outside the suffix, spread likewise
	Policy      bool   // a default password policy with 90 days
	Seed        uint64
	Extra       string // more LDIF, at the end
}

// WriteFile writes the company as LDIF to a file.
func (c Company) WriteFile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := c.Write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// UserDN is the name of user i, counted from 1.
func (c Company) UserDN(i int) string {
	return fmt.Sprintf("uid=%s,ou=dept%03d,ou=people,%s", UserLogin(i), i%c.departments(), c.withDefaults().Suffix)
}

// UserLogin is the login of user i, counted from 1.
func UserLogin(i int) string { return fmt.Sprintf("u%06d", i) }

// GroupDN is the name of group i, counted from 1.
func (c Company) GroupDN(i int) string {
	return fmt.Sprintf("cn=g%05d,ou=groups,%s", i, c.withDefaults().Suffix)
}

func (c Company) departments() int { return max(1, min(200, c.withDefaults().Users/5)) }

func (c Company) withDefaults() Company {
	if c.Suffix == "" {
		c.Suffix = DefaultSuffix
	}
	if c.Users == 0 {
		c.Users = 20
	}
	if c.Groups == 0 {
		c.Groups = 5
	}
	if c.Memberships == 0 {
		c.Memberships = 3 * c.Groups
	}
	if c.Depth == 0 {
		c.Depth = 3
	}
	return c
}

// Write writes the company as LDIF.
func (c Company) Write(to io.Writer) error {
	c = c.withDefaults()
	w := bufio.NewWriterSize(to, 1<<20)
	c.writeFrame(w)
	random := rand.New(rand.NewPCG(c.Seed, 1))
	for i := 1; i <= c.Users; i++ {
		c.writeUser(w, random, i)
	}
	for i := 1; i <= c.Groups; i++ {
		c.writeGroup(w, random, i)
	}
	w.WriteString(c.Extra)
	return w.Flush()
}

func (c Company) writeFrame(w io.Writer) {
	dc, _, _ := strings.Cut(strings.TrimPrefix(c.Suffix, "dc="), ",")
	fmt.Fprintf(w, "dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: %s\no: Demo\n\n", c.Suffix, dc)
	unit := func(dn, name string) {
		fmt.Fprintf(w, "dn: ou=%s%s,%s\nobjectClass: organizationalUnit\nou: %s\n\n", name, dn, c.Suffix, name)
	}
	unit("", "people")
	unit("", "groups")
	unit("", "service")
	for i := range c.departments() {
		unit(",ou=people", fmt.Sprintf("dept%03d", i))
	}
	fmt.Fprintf(w, "dn: %s\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: gatehouse-read\nuserPassword: %s\n\n", ReaderDN(c.Suffix), ReaderPassword)
	if c.Policy {
		unit("", "policies")
		fmt.Fprintf(w, "dn: cn=default,ou=policies,%s\nobjectClass: applicationProcess\nobjectClass: pwdPolicy\ncn: default\npwdAttribute: userPassword\n"+
			"pwdLockout: TRUE\npwdMaxFailure: 3\npwdLockoutDuration: 0\npwdMaxAge: 7776000\npwdMustChange: TRUE\n\n", c.Suffix)
	}
}

var (
	givenNames = []string{"Tuva", "Xiaoyu", "Aoife", "Per", "Haja", "Hilde", "Maiken", "Ola", "Ingrid", "Lior"}
	surnames   = []string{"Ahlgren", "Bai", "Haugen", "Cohen", "Lund", "Rakotomalala", "Solheim", "Berg", "Dahl", "Moen"}
)

func (c Company) writeUser(w io.Writer, random *rand.Rand, i int) {
	given, sur := givenNames[random.IntN(len(givenNames))], surnames[random.IntN(len(surnames))]
	login := UserLogin(i)
	fmt.Fprintf(w, "dn: %s\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nobjectClass: shadowAccount\n", c.UserDN(i))
	fmt.Fprintf(w, "uid: %s\ncn: %s %s %d\nsn: %s\ngivenName: %s\ndisplayName: %s, %s\nmail: %s@demo.example\n", login, given, sur, i, sur, given, sur, given, login)
	fmt.Fprintf(w, "telephoneNumber: +47 555 %05d\nemployeeNumber: %d\nemployeeType: staff\ndepartmentNumber: %03d\ntitle: Engineer\nl: Bergen\n", i, 10_000+i, i%c.departments())
	fmt.Fprintf(w, "street: Strandgaten %d\npostalCode: 5004\nroomNumber: %d\ninitials: %c%c\npreferredLanguage: nb\ndescription: User number %d\n", i%200, i%1000, given[0], sur[0], i)
	fmt.Fprintf(w, "uidNumber: %d\ngidNumber: 100\nhomeDirectory: /home/%s\nloginShell: /bin/sh\ngecos: %s %s\nshadowLastChange: 20000\nshadowMax: 99999\n", 100_000+i, login, given, sur)
	if boss := i / 10; boss > 0 {
		fmt.Fprintf(w, "manager: %s\n", c.UserDN(boss))
	}
	io.WriteString(w, "\n")
}

func (c Company) writeGroup(w io.Writer, random *rand.Rand, i int) {
	kind := "groupOfNames"
	if c.Groups >= 10 && i > c.Depth && i%10 == 8 {
		kind = "posixGroup"
	} else if c.Groups >= 10 && i > c.Depth && i%10 == 9 {
		kind = "groupOfUniqueNames"
	}
	attr := map[string]string{"groupOfNames": "member", "posixGroup": "memberUid", "groupOfUniqueNames": "uniqueMember"}[kind]
	fmt.Fprintf(w, "dn: %s\nobjectClass: %s\ncn: g%05d\ndescription: Group number %d\n", c.GroupDN(i), kind, i, i)
	if kind == "posixGroup" {
		fmt.Fprintf(w, "gidNumber: %d\n", 200_000+i)
	}
	share := c.Memberships / c.Groups
	if i <= c.Memberships%c.Groups {
		share++
	}
	share = max(1, min(share, c.Users)) // groupOfNames must have one
	// A walk with a stride that shares no factor with the number of users meets
	// each at most once.
	at, stride := random.IntN(c.Users), 1+random.IntN(c.Users)
	for gcd(stride, c.Users) != 1 {
		stride++
	}
	for range share {
		at = (at + stride) % c.Users
		value := c.UserDN(at + 1)
		if kind == "posixGroup" {
			value = UserLogin(at + 1)
		}
		fmt.Fprintf(w, "%s: %s\n", attr, value)
	}
	if i < c.Depth && i < c.Groups {
		fmt.Fprintf(w, "%s: %s\n", attr, c.GroupDN(i+1))
	}
	for n := i; n <= c.Dangling && kind != "posixGroup"; n += c.Groups {
		fmt.Fprintf(w, "%s: uid=gone%d,ou=people,%s\n", attr, n, c.Suffix)
	}
	for n := i; n <= c.Outside && kind != "posixGroup"; n += c.Groups {
		fmt.Fprintf(w, "%s: uid=away%d,dc=other,dc=example\n", attr, n)
	}
	io.WriteString(w, "\n")
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
